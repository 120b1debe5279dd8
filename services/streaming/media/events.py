"""Tells the bus what happens on the stages. A broker that is away costs news, never media."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from messaging.contracts.streaming import NodeHeartbeat, StageClosed, StageOpened
from messaging.contracts.types import Event, type_name

log = logging.getLogger(__name__)

HEARTBEAT = 2.0  # s
_PATIENCE = 2.0  # s for one event; then the next heartbeat says it all
_QUEUE = 256  # events that wait for the broker; the oldest go first


class Publisher(Protocol):
    """What publishes events: the bus, a log, or a test's list."""

    async def publish(self, event: Event, *, aggregate: str, seq: int) -> None:
        """Returns when the event is safe; raises anything when it is not."""


class LoggedEvents:
    """The publisher of a node that runs alone: events are written to the log."""

    async def publish(self, event: Event, *, aggregate: str, seq: int) -> None:
        """Logs one event."""
        log.info("event", extra={"fields": {"event": type_name(type(event)), "aggregate": aggregate, "seq": seq}})


class Announcer:
    """Publishes stage events in order, and a heartbeat every two seconds with everything that is live.

    `state` gives the heartbeat of this moment. Events lost on the way are made up for by the next heartbeat.
    """

    def __init__(self, publisher: Publisher, state: Callable[[bool], NodeHeartbeat]) -> None:
        self._publisher, self._state = publisher, state
        self._waiting: asyncio.Queue[Event] = asyncio.Queue(maxsize=_QUEUE)

    def announce(self, event: StageOpened | StageClosed) -> None:
        """Queues one event; never waits."""
        if self._waiting.full():
            self._waiting.get_nowait()
        self._waiting.put_nowait(event)

    async def run(self) -> None:
        """Publishes until cancelled."""
        due = 0.0
        while True:
            try:
                event: Event = await asyncio.wait_for(self._waiting.get(), max(0.0, due - time.monotonic()))
            except TimeoutError:
                event, due = self._state(False), time.monotonic() + HEARTBEAT
            await self._publish(event)

    async def stop(self) -> None:
        """The last words: what is still queued, then a heartbeat that says the node is stopping."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                while not self._waiting.empty():
                    await self._publish(self._waiting.get_nowait())
                await self._publish(self._state(True))

    async def _publish(self, event: Event) -> None:
        aggregate, seq = _order(event)
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._publisher.publish(event, aggregate=aggregate, seq=seq)
        except Exception as error:  # whatever a broker may do, the media goes on
            fields = {"event": type_name(type(event)), "reason": repr(error)}
            log.warning("an event was not published", extra={"fields": fields})


def _order(event: Event) -> tuple[str, int]:
    """The aggregate of an event and its place in the order: a session's epoch, a node's clock in ms."""
    if isinstance(event, StageOpened | StageClosed):
        return event.session_id, event.epoch
    if isinstance(event, NodeHeartbeat):
        return event.node, int(time.time() * 1000)
    raise TypeError(f"the media node has no {type(event).__name__}")
