"""What one writes instead of nameko's gateway today: FastAPI on uvicorn, aio-pika, one reply queue.

`uvicorn loadtests.benchmarks.gateway.plain_fastapi:app`. It calls the same classic service.
"""

from __future__ import annotations

import asyncio
import json
import os
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aio_pika
from fastapi import FastAPI
from pydantic import BaseModel


class Registration(BaseModel):
    """A body, checked as one does."""

    email: str
    name: str
    country: str
    languages: list[str]
    time_zone: str
    mode: str
    sectors: list[str] = []


class Rpc:
    """nameko's RPC with aio-pika, as its documentation shows it."""

    async def start(self, channel: Any) -> None:
        """Declare a queue for replies."""
        self._exchange = await channel.declare_exchange("nameko-rpc", "topic", durable=True)
        self._queue = await channel.declare_queue(exclusive=True, auto_delete=True)
        self._key = uuid.uuid4().hex
        self._waiting: dict[str, asyncio.Future[bytes]] = {}
        await self._queue.bind(self._exchange, self._key)
        await self._queue.consume(self._on_reply, no_ack=True)

    async def _on_reply(self, message: Any) -> None:
        if waiting := self._waiting.pop(message.correlation_id, None):
            waiting.set_result(message.body)

    async def call(self, method: str, *args: Any) -> Any:
        """The result of a method of the classic service."""
        id = uuid.uuid4().hex
        self._waiting[id] = asyncio.get_running_loop().create_future()
        body = json.dumps({"args": args, "kwargs": {}}).encode()
        message = aio_pika.Message(body, content_type="application/json", correlation_id=id, reply_to=self._key)
        answered = self._waiting[id]
        await self._exchange.publish(message, f"classic.{method}")
        return json.loads(await asyncio.wait_for(answered, 30))["result"]


rpc = Rpc()


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    """The connection lives as long as the process."""
    async with await aio_pika.connect_robust(os.environ["SUBVENUE_AMQP_URL"]) as connection:
        await rpc.start(await connection.channel())
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/sub-venues")
async def list_sub_venues() -> Any:
    """The listing."""
    return await rpc.call("list_sub_venues")


@app.get("/vacancies/{id}")
async def get_vacancy(id: str) -> Any:
    """One vacancy."""
    return await rpc.call("get_vacancy", id)


@app.post("/attendees", status_code=201)
async def register(body: Registration) -> Any:
    """Register."""
    return await rpc.call("register", body.model_dump())
