"""What happens to an event that an asyncio handler could not take: wait and come again, or be parked."""

from __future__ import annotations

from typing import Any

from aiormq import Channel
from aiormq.abc import DeliveredMessage
from pamqp.commands import Basic

from messaging import metrics, topology
from messaging.ladder import Ladder


class Retries:
    """The delay ladder and the parked queue of one durable queue, on a confirming channel."""

    def __init__(self, channel: Channel, ladder: Ladder, queue: str) -> None:
        self._channel = channel
        self._ladder = ladder
        self._queue = queue

    async def declare(self) -> None:
        """Declare every rung and the parked queue; all of it is shared and declared alike by all."""
        for delay in sorted(set(self._ladder.delays_ms)):
            name = topology.delay_name(delay)
            await self._channel.exchange_declare(name, exchange_type="topic", durable=True)
            await self._channel.queue_declare(name, durable=True, arguments=topology.delay_queue_arguments(delay))
            await self._channel.queue_bind(name, name, routing_key="#")
        await self._channel.queue_declare(
            topology.parked_queue(self._ladder.service), durable=True, arguments=topology.parked_queue_arguments()
        )

    async def take(self, message: DeliveredMessage, error: Exception, *, hopeless: bool) -> None:
        """Put `message` on the next rung, or park it when there is none left or it is `hopeless`.

        Returns when the broker has confirmed the copy, so the original may then be acknowledged.
        """
        headers: dict[str, Any] = dict(message.header.properties.headers or {})
        if hopeless:
            move = self._ladder.park(f"{type(error).__name__}: {error}", headers, self._queue)
        else:
            move = self._ladder.after(error, headers, self._queue)
        await self._publish(move.exchange, move.key, message, move.headers)
        metrics.EVENTS_HANDLED.labels(self._queue, move.outcome).inc()

    async def _publish(self, exchange: str, key: str, message: DeliveredMessage, headers: dict[str, Any]) -> None:
        old = message.header.properties
        properties = Basic.Properties(
            content_type=old.content_type,
            content_encoding=old.content_encoding,
            message_id=old.message_id,
            delivery_mode=2,
            headers=headers,
        )
        await self._channel.basic_publish(
            message.body,
            exchange=exchange,
            routing_key=key,
            properties=properties,
            mandatory=True,
            timeout=5.0,
        )
