"""Events out of an asyncio process: persistent and confirmed by the broker."""

from __future__ import annotations

import asyncio

from aiormq import Channel, Connection
from aiormq.exceptions import PublishError
from pamqp.commands import Basic

from messaging import tracing
from messaging.contracts.types import Event, routing_key
from messaging.envelope import encode, wrap
from messaging.topology import events_exchange

from .connection import open_channel
from .errors import BusUnavailable, unavailable_when_lost
from .headers import context_headers

#: Seconds. A broker under memory alarm takes the message and says nothing.
CONFIRM_TIMEOUT = 5.0


class Publisher:
    """Publishes events on a channel of its own."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._channel: Channel | None = None
        self._declared: set[str] = set()

    async def attach(self, amqp: Connection) -> tuple[Channel, ...]:
        """Open the channel; exchanges are declared when they are first used."""
        self._declared.clear()
        self._channel = channel = await open_channel(amqp, confirms=True)
        return (channel,)

    def detach(self) -> None:
        """aiormq fails the confirmations that are still awaited."""
        self._channel = None

    async def publish(
        self,
        event: Event,
        *,
        aggregate: str,
        seq: int,
        correlation_id: str = "",
        mandatory: bool = False,
    ) -> None:
        """Return when the broker has the event on disk. Raises `BusUnavailable`: it may or may not have it.

        `mandatory` also refuses an event that no queue takes.
        """
        if self._channel is None:
            raise BusUnavailable("not connected to the broker")
        envelope = wrap(
            event,
            aggregate=aggregate,
            seq=seq,
            correlation_id=correlation_id or tracing.correlation_id.get(),
            traceparent=tracing.traceparent.get(),
        )
        properties = Basic.Properties(
            content_type="application/json",
            content_encoding="utf-8",
            delivery_mode=2,
            message_id=envelope.id,
            headers=context_headers(f"{self._name}.publish.{envelope.id}"),
        )
        try:
            with unavailable_when_lost():
                async with asyncio.timeout(CONFIRM_TIMEOUT):
                    exchange = await self._exchange(self._channel, type(event))
                    await self._channel.basic_publish(
                        encode(envelope),
                        exchange=exchange,
                        routing_key=routing_key(type(event)),
                        properties=properties,
                        mandatory=mandatory,
                        wait=False,
                    )
        except TimeoutError as error:
            raise BusUnavailable(f"the broker did not confirm within {CONFIRM_TIMEOUT:g} s") from error
        except BusUnavailable as error:
            if isinstance(error.__cause__, PublishError):
                raise BusUnavailable(f"no queue takes {envelope.type}") from error
            raise

    async def _exchange(self, channel: Channel, event: type[Event]) -> str:
        """The exchange of `event`, declared with nameko's arguments."""
        name = events_exchange(event)
        if name not in self._declared:
            await channel.exchange_declare(name, exchange_type="topic", durable=True)
            self._declared.add(name)
        return name
