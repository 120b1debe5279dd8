"""One connection to the broker that comes back by itself, and whatever lives on it.

What lives on the connection (the RPC client, the publisher, each listener) is *attached* anew after every
reconnection, so it declares its queues and consumers again. A channel that closes takes the connection with
it: there is one way to recover, and it is the one that is exercised.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Protocol, TypeVar

import aiormq
from yarl import URL

from .errors import BusUnavailable, unavailable_when_lost

log = logging.getLogger(__name__)
T = TypeVar("T")

HEARTBEAT = 6  # seconds; aiormq gives a silent broker up after three
CONNECT_TIMEOUT = 5.0
CLOSE_TIMEOUT = 2.0
FIRST_WAIT, LONGEST_WAIT = 0.2, 2.0


async def open_channel(amqp: aiormq.Connection, *, confirms: bool) -> aiormq.Channel:
    """A new channel; with `confirms`, publishing on it waits for the broker's word."""
    channel = await amqp.channel(publisher_confirms=confirms)
    assert isinstance(channel, aiormq.Channel)  # aiormq promises only the abstract class
    return channel


class Attachment(Protocol):
    """What lives on a connection."""

    async def attach(self, amqp: aiormq.Connection) -> Iterable[aiormq.Channel]:
        """Open channels and declare everything needed; answer the channels that must stay open."""

    def detach(self) -> None:
        """The connection is gone: fail what is in flight. May be called when nothing is attached."""


class Connection:
    """Keeps a connection to `url` up from `start` until `stop`; `connected` tells whether it is."""

    def __init__(self, url: str, name: str) -> None:
        self._url = str(URL(url).update_query(heartbeat=str(HEARTBEAT), name=name))
        self._attachments: list[Attachment] = []
        self._amqp: aiormq.Connection | None = None
        self._up = asyncio.Event()
        self._lost = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None
        self._was_up = False
        self.on_reconnect: list[Callable[[], None]] = []

    @property
    def connected(self) -> bool:
        """Whether the broker is there and everything is attached."""
        return self._up.is_set() and not self._lost.is_set()

    async def start(self, patience: float) -> None:
        """Connect; return when connected or after `patience` seconds, going on in the background."""
        self._keeper = asyncio.create_task(self._keep())
        with suppress(TimeoutError):
            await asyncio.wait_for(self._up.wait(), patience)

    async def stop(self) -> None:
        """Close for good."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)

    @asynccontextmanager
    async def holding(self, attachment: Attachment) -> AsyncIterator[None]:
        """Keep `attachment` on the connection; when connected, it is attached before the body runs."""
        self._attachments.append(attachment)
        try:
            if self._amqp is not None and self.connected:
                await self._attach_late(attachment, self._amqp)
            yield
        finally:
            self._attachments.remove(attachment)
            attachment.detach()

    async def _attach_late(self, attachment: Attachment, amqp: aiormq.Connection) -> None:
        try:
            await self._attach(attachment, amqp)
        except BusUnavailable as error:
            log.warning("cannot attach, connecting anew", extra=_because(error))
            self._lost.set()

    async def _keep(self) -> None:
        wait = FIRST_WAIT
        while True:
            try:
                with unavailable_when_lost():
                    await self._live_once()
                wait = FIRST_WAIT
            except Exception as error:  # whatever it is: without us nobody would ever connect again
                log.warning("broker unavailable, trying again", extra=_because(error))
            await asyncio.sleep(wait * random.uniform(0.5, 1.5))
            wait = min(wait * 2, LONGEST_WAIT)

    async def _live_once(self) -> None:
        """Connect, attach everything, and return when the connection or one of its channels has closed."""
        with unavailable_when_lost():
            amqp = await in_time(aiormq.connect(self._url), CONNECT_TIMEOUT)
        self._amqp, self._lost = amqp, asyncio.Event()
        lost = self._lost
        amqp.closing.add_done_callback(lambda _: lost.set())
        try:
            await in_time(self._attach_all(amqp), CONNECT_TIMEOUT)
            self._announce()
            await self._lost.wait()
            log.warning("lost the broker")
        finally:
            self._up.clear()
            for attachment in self._attachments:
                attachment.detach()
            with suppress(Exception), unavailable_when_lost():
                await in_time(amqp.close(timeout=CLOSE_TIMEOUT), CLOSE_TIMEOUT + 1)

    async def _attach_all(self, amqp: aiormq.Connection) -> None:
        """Attach every attachment, those too that are added while we are at it."""
        done: list[Attachment] = []
        while missing := [attachment for attachment in self._attachments if attachment not in done]:
            await self._attach(missing[0], amqp)
            done.append(missing[0])

    async def _attach(self, attachment: Attachment, amqp: aiormq.Connection) -> None:
        def closed(_: object, lost: asyncio.Event = self._lost) -> None:
            if attachment in self._attachments:  # else it was let go, and closed its channels itself
                lost.set()

        with unavailable_when_lost():
            for channel in await attachment.attach(amqp):
                channel.closing.add_done_callback(closed)

    def _announce(self) -> None:
        self._up.set()
        log.info("connected to the broker")
        if self._was_up:
            for callback in self.on_reconnect:
                callback()
        self._was_up = True


async def in_time(work: Awaitable[T], seconds: float) -> T:
    """What `work` answers. Raises `TimeoutError` when it has not ended in `seconds`, and goes on without it.

    aiormq cancels and closes by waiting for its own tasks, which over a link that fails at that moment may not
    end; `asyncio.timeout` would wait along.
    """
    task = asyncio.ensure_future(work)
    try:
        done, _ = await asyncio.wait({task}, timeout=seconds)
    finally:
        if not task.done():
            task.cancel()
    if not done:
        raise TimeoutError(f"not done in {seconds:.0f} s")
    return task.result()


def _because(error: Exception) -> dict[str, dict[str, str]]:
    return {"fields": {"reason": str(error) or type(error).__name__}}
