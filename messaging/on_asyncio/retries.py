"""What happens to an event that an asyncio handler could not take: wait and come again, or be parked."""

from __future__ import annotations

from typing import Any

from aiormq import Channel
from aiormq.abc import DeliveredMessage
from pamqp.commands import Basic

from messaging import topology
from messaging.contracts.errors import Unavailable
from messaging.envelope import now_rfc3339


class Retries:
    """The delay ladder and the parked queue of one durable queue, on a confirming channel."""

    def __init__(self, channel: Channel, service: str, queue: str) -> None:
        self._channel = channel
        self._service = service
        self._queue = queue

    async def declare(self) -> None:
        """Declare every rung and the parked queue; all of it is shared and declared alike by all."""
        for delay in sorted(set(topology.RETRY_DELAYS_MS)):
            name = topology.delay_name(delay)
            await self._channel.exchange_declare(name, exchange_type="topic", durable=True)
            await self._channel.queue_declare(name, durable=True, arguments=topology.delay_queue_arguments(delay))
            await self._channel.queue_bind(name, name, routing_key="#")
        await self._channel.queue_declare(
            topology.parked_queue(self._service), durable=True, arguments=topology.parked_queue_arguments()
        )

    async def take(self, message: DeliveredMessage, error: Exception, *, hopeless: bool) -> None:
        """Put `message` on the next rung, or park it when there is none left or it is `hopeless`.

        Returns when the broker has confirmed the copy, so the original may then be acknowledged.
        """
        headers: dict[str, Any] = dict(message.header.properties.headers or {})
        failed = headers.get(topology.ATTEMPT)
        attempt = (failed if isinstance(failed, int) else 0) + 1  # a header that is none of ours counts as never
        headers |= {
            topology.ATTEMPT: attempt,
            topology.REASON: f"{type(error).__name__}: {error}"[:500],
            topology.ORIGIN_QUEUE: self._queue,
        }
        delay = None if hopeless else topology.delay_after(attempt)
        if delay is None and isinstance(error, Unavailable):
            delay = topology.RETRY_DELAYS_MS[-1]  # a store is away: the message is not at fault, and waits
        if delay is None:
            headers[topology.PARKED_AT] = now_rfc3339()
            await self._publish("", topology.parked_queue(self._service), message, headers)
        else:
            await self._publish(topology.delay_name(delay), self._queue, message, headers)

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
