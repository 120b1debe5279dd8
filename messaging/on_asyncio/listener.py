"""Events into an asyncio process.

*Broadcast* (no queue name): an exclusive queue that dies with the connection; every process hears all that
happens while it is connected, and a failing handler is only logged. *Durable* (a queue name): a quorum queue
shared by all who listen with that name; a failure waits on the delay ladder and ends in the parked queue.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

from aiormq import Channel, Connection
from aiormq.abc import DeliveredMessage

from messaging import metrics, tracing
from messaging.contracts.types import Event, routing_key, type_name
from messaging.envelope import Envelope, UnknownEvent, decode, unwrap
from messaging.ladder import Ladder
from messaging.topology import event_queue_arguments, events_exchange

from .connection import open_channel
from .errors import unavailable_when_lost
from .retries import Retries

log = logging.getLogger(__name__)

Handler = Callable[[Envelope, Any], Awaitable[None]]
#: Messages that may wait in this process; they are handled one by one, in order.
PREFETCH = 64


class Listener:
    """Hands events to `handlers` in the order of the queue; `active` while the broker feeds it."""

    def __init__(self, ladder: Ladder, handlers: Mapping[type[Event], Handler], queue: str | None) -> None:
        self._ladder = ladder
        self._handlers = {type_name(event): (event, handler) for event, handler in handlers.items()}
        self._queue = queue
        self._channel: Channel | None = None
        self._retries: Retries | None = None
        self._waiting: asyncio.Queue[DeliveredMessage] = asyncio.Queue()
        self._worker: asyncio.Task[None] | None = None
        self.active = False

    async def attach(self, amqp: Connection) -> tuple[Channel, ...]:
        """Declare the queue and its bindings, and consume."""
        channel = await open_channel(amqp, confirms=self._queue is not None)
        await channel.basic_qos(prefetch_count=PREFETCH)
        queue = await self._declare(channel)
        for event, _ in self._handlers.values():
            await channel.exchange_declare(events_exchange(event), exchange_type="topic", durable=True)
            await channel.queue_bind(queue, events_exchange(event), routing_key=routing_key(event))
        self._channel, self._waiting = channel, asyncio.Queue()
        self._worker = asyncio.create_task(self._work(self._waiting))
        await channel.basic_consume(queue, self._on_message)
        self.active = True
        return (channel,)

    def detach(self) -> None:
        """Stop; what was not acknowledged comes again to whoever consumes the queue next."""
        self.active = False
        if self._worker is not None:
            self._worker.cancel()
        if self._channel is not None:
            asyncio.get_running_loop().create_task(_close(self._channel))
        self._worker = self._channel = None

    async def _declare(self, channel: Channel) -> str:
        if self._queue is None:
            declared = await channel.queue_declare(exclusive=True, auto_delete=True)
            return str(declared.queue)
        self._retries = Retries(channel, self._ladder, self._queue)
        await self._retries.declare()
        arguments = event_queue_arguments(self._ladder.service)
        await channel.queue_declare(self._queue, durable=True, arguments=arguments)
        return self._queue

    async def _on_message(self, message: DeliveredMessage) -> None:
        self._waiting.put_nowait(message)

    async def _work(self, waiting: asyncio.Queue[DeliveredMessage]) -> None:
        while True:
            message = await waiting.get()
            with suppress(Exception), unavailable_when_lost():  # a lost connection cancels us in a moment
                await self._settle(message)

    async def _settle(self, message: DeliveredMessage) -> None:
        """Handle one message; acknowledge it when it was handled, parked, or put on the delay ladder."""
        try:
            await self._handle(message.body)
        except Exception as error:
            log.warning(
                "event not handled", extra={"fields": {"queue": self._queue or "broadcast"}}, exc_info=True
            )
            if self._retries is not None:
                await self._retries.take(message, error, hopeless=isinstance(error, UnknownEvent))
        if message.delivery_tag is not None:
            await message.channel.basic_ack(message.delivery_tag, wait=False)

    async def _handle(self, body: bytes) -> None:
        envelope = decode(body)
        tracing.correlation_id.set(envelope.correlation_id)
        tracing.traceparent.set(envelope.traceparent)
        if envelope.type not in self._handlers:
            raise UnknownEvent(f"nobody here handles {envelope.type}")
        event, handler = self._handlers[envelope.type]
        with tracing.span(f"{self._ladder.service} {envelope.type}", tracing.CONSUMER):
            await handler(envelope, unwrap(envelope, event))
        metrics.EVENTS_HANDLED.labels(self._queue or "broadcast", "done").inc()


async def _close(channel: Channel) -> None:
    with suppress(Exception):
        await channel.close(timeout=1.0)
