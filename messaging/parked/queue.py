"""Works on the parked queues of the broker.

Looking takes messages without acknowledging them; when the connection closes, the broker puts them back. So
whoever looks at the same time sees only the rest. What moves is confirmed where it goes before it is removed
here: a crash in between doubles a message and never loses it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import aiormq
from aiormq import Channel
from aiormq.abc import DeliveredMessage
from aiormq.exceptions import ChannelNotFoundEntity, PublishError
from pamqp.commands import Basic

from messaging import topology
from messaging.on_asyncio.connection import open_channel
from messaging.on_asyncio.errors import BusUnavailable, unavailable_when_lost

from .message import DELIVERY_COUNT, Parked, ParkedInFull, describe, headers_to_replay, in_full

#: Seconds for one operation as a whole.
PATIENCE = 15.0
#: How deep a queue is searched for one message.
MOST_SEARCHED = 5_000
#: RabbitMQ 4 drops what was delivered 20 times, and looking is delivering: long before, we put a fresh copy.
RENEWED_AFTER = topology.DELIVERY_LIMIT // 2
_KEPT = (
    "content_type",
    "content_encoding",
    "correlation_id",
    "reply_to",
    "message_id",
    "message_type",
    "timestamp",
)


class NotParked(Exception):
    """There is no such message in the parked queue."""


class NoOrigin(Exception):
    """The queue that the message came from is unknown or gone; the message stays parked."""


class ParkedMessages:
    """The parked queues of the broker at `amqp_url`; each operation is a connection of its own.

    All raise `BusUnavailable` when the broker is away or slow. One operation at a time, so that two callers of
    this object do not hide messages from each other.
    """

    def __init__(self, amqp_url: str) -> None:
        self._amqp_url = amqp_url
        self._turn = asyncio.Lock()

    async def count(self, service: str) -> int:
        """How many messages are parked."""
        async with self._opened() as channel:
            return await _count(channel, service)

    async def list(self, service: str, limit: int = 100) -> list[Parked]:
        """The first `limit` parked messages, those parked first in front."""
        async with self._opened() as channel, aclosing(_look(channel, service, limit)) as found:
            return [parked async for parked, _ in found]

    async def show(self, service: str, id: str) -> ParkedInFull:
        """One message with its body. Raises `NotParked`."""
        async with self._opened() as channel:
            parked, message = await _find(channel, service, id)
            return in_full(parked, message.body)

    async def replay(self, service: str, id: str) -> Parked:
        """Put a message back into the queue it came from. Raises `NotParked`, or `NoOrigin` and leaves it."""
        async with self._opened() as channel:
            parked, message = await _find(channel, service, id)
            await _replay(channel, parked, message)
            return parked

    async def replay_all(self, service: str) -> int:
        """Replay what is parked now, not what is parked again meanwhile; answers how many. Raises `NoOrigin`."""
        replayed = 0
        async with self._opened() as channel:
            limit = await _count(channel, service)
            async with aclosing(_look(channel, service, limit)) as found:
                async for parked, message in found:
                    await _replay(channel, parked, message)
                    replayed += 1
        return replayed

    async def discard(self, service: str, id: str) -> Parked:
        """Remove a message for good. Raises `NotParked`."""
        async with self._opened() as channel:
            parked, message = await _find(channel, service, id)
            await _remove(message)
            return parked

    @asynccontextmanager
    async def _opened(self) -> AsyncIterator[Channel]:
        """A channel on a connection whose end returns what was only looked at."""
        try:
            async with self._turn, asyncio.timeout(PATIENCE):
                with unavailable_when_lost():
                    async with aiormq.connect(self._amqp_url) as connection:
                        yield await open_channel(connection, confirms=True)
        except TimeoutError as error:
            raise BusUnavailable(f"the broker took longer than {PATIENCE:g} s") from error


async def _count(channel: Channel, service: str) -> int:
    try:
        declared = await channel.queue_declare(topology.parked_queue(service), passive=True)
    except ChannelNotFoundEntity:  # the service has never run here
        return 0
    return declared.message_count or 0


async def _look(
    channel: Channel, service: str, limit: int
) -> AsyncGenerator[tuple[Parked, DeliveredMessage], None]:
    """The first `limit` messages, each held until the connection closes."""
    if not await _count(channel, service):
        return
    queue, seen = topology.parked_queue(service), 0
    while seen < limit and (message := await channel.basic_get(queue)).delivery_tag is not None:
        headers = _headers(message)
        if int(headers.get(DELIVERY_COUNT) or 0) >= RENEWED_AFTER:
            await _publish(channel, queue, message, {k: v for k, v in headers.items() if k != DELIVERY_COUNT})
            await _remove(message)  # we meet its copy at the end of the queue
            continue
        seen += 1
        yield describe(service, headers, message.body), message


async def _find(channel: Channel, service: str, id: str) -> tuple[Parked, DeliveredMessage]:
    async with aclosing(_look(channel, service, MOST_SEARCHED)) as found:
        async for parked, message in found:
            if parked.id == id:
                return parked, message
    raise NotParked(f"no message {id} is parked by {service}")


async def _replay(channel: Channel, parked: Parked, message: DeliveredMessage) -> None:
    if not parked.origin:
        raise NoOrigin("nothing tells which queue this message came from")
    await _publish(channel, parked.origin, message, headers_to_replay(_headers(message)))
    await _remove(message)


async def _publish(channel: Channel, queue: str, message: DeliveredMessage, headers: dict[str, Any]) -> None:
    """Put a copy into `queue`; returns when the broker has it. Raises `NoOrigin` where there is no such queue."""
    kept = {name: getattr(message.header.properties, name) for name in _KEPT}
    properties = Basic.Properties(**kept, delivery_mode=2, headers=headers)
    try:
        await channel.basic_publish(message.body, routing_key=queue, properties=properties, mandatory=True)
    except PublishError as error:
        raise NoOrigin(f"there is no queue {queue}") from error


async def _remove(message: DeliveredMessage) -> None:
    assert message.delivery_tag is not None
    await message.channel.basic_ack(message.delivery_tag)


def _headers(message: DeliveredMessage) -> dict[str, Any]:
    return dict(message.header.properties.headers or {})
