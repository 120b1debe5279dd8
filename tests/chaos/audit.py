"""A queue of our own that hears every event, emptied all the time: what was published, in which order."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiormq
from aiormq.abc import DeliveredMessage
from aiormq.exceptions import AMQPError

from messaging import topology

QUEUE = "evt-chaos"
SOURCES = ("registration", "jobs", "search")
PREFETCH = 500


class Audit:
    """`heard` are the events in the order of delivery; one that was not acknowledged in time comes again."""

    def __init__(self, amqp_url: str) -> None:
        self._url = amqp_url
        self.heard: list[dict[str, Any]] = []
        self.last = 0.0  # of the loop's clock, when the last one came

    async def declare(self) -> None:
        """From now on the broker keeps every event for us."""
        async with aiormq.connect(self._url) as connection:
            channel = await connection.channel()
            await channel.queue_declare(QUEUE, durable=True, arguments=topology.parked_queue_arguments())
            for source in SOURCES:
                exchange = f"{source}.events"
                await channel.exchange_declare(exchange, exchange_type="topic", durable=True)
                await channel.queue_bind(QUEUE, exchange, routing_key="#")

    async def listen(self) -> None:
        """Take what comes, for ever, also when the broker has been away."""
        while True:
            try:
                async with aiormq.connect(self._url) as connection:
                    channel = await connection.channel()
                    await channel.basic_qos(prefetch_count=PREFETCH)
                    await channel.basic_consume(QUEUE, self._take)
                    await connection.closing
            except (OSError, AMQPError):
                pass
            await asyncio.sleep(0.2)

    async def _take(self, message: DeliveredMessage) -> None:
        self.heard.append(json.loads(message.body))
        self.last = asyncio.get_running_loop().time()
        await message.channel.basic_ack(message.delivery_tag or 0, wait=False)

    def quiet(self) -> float:
        """Seconds since the last event came."""
        return asyncio.get_running_loop().time() - self.last


@asynccontextmanager
async def auditing(amqp_url: str) -> AsyncIterator[Audit]:
    """An audit for the length of the `with`."""
    audit = Audit(amqp_url)
    await audit.declare()
    listening = asyncio.create_task(audit.listen())
    try:
        yield audit
    finally:
        listening.cancel()
