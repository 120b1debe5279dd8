"""nameko's RPC from asyncio: a topic exchange, one queue for all replies, a correlation id for each call.

Requests go out on a confirming channel, because that is where aiormq reports `basic.return`: a call to a
service that nobody serves fails at once. Replies are taken without acknowledgement.
"""

from __future__ import annotations

import asyncio
import itertools
import uuid
from collections.abc import Collection, Mapping
from functools import partial
from typing import Any

import msgspec
from aiormq import Channel, Connection
from aiormq.abc import DeliveredMessage
from aiormq.exceptions import PublishError
from pamqp.commands import Basic

from messaging.circuit import Circuits
from messaging.topology import RPC_EXCHANGE, RPC_ROWS

from .connection import open_channel
from .errors import (
    BusUnavailable,
    CircuitOpen,
    RpcTimeout,
    UnknownService,
    remote_error,
    unavailable_when_lost,
)
from .headers import context_headers
from .rows import Rows, Waiting

#: Seconds that a row of calls may take; each call in it has a deadline of its own, and gives up by itself.
LONGEST_DEADLINE = 10.0
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


class RpcClient:
    """Calls methods of nameko services; any number of calls share the connection.

    Calls to the services `in_rows`, which are made with `messaging.on_nameko`, share messages when many wait.
    """

    def __init__(self, name: str, in_rows: Collection[str] = ()) -> None:
        self._name = name
        self._numbers = itertools.count(1)
        self._pending: dict[str, asyncio.Future[bytes]] = {}
        self._circuits = Circuits()
        self._requests: Channel | None = None
        self._reply_key = ""
        self._rows: dict[str, Rows] = {}
        for service in in_rows:
            self._rows[service] = Rows(partial(self._ask, service, LONGEST_DEADLINE), RPC_ROWS)

    async def attach(self, amqp: Connection) -> tuple[Channel, ...]:
        """Declare the exchange and a reply queue that lives as long as this connection."""
        replies = await open_channel(amqp, confirms=False)
        key = uuid.uuid4().hex
        queue = f"rpc.reply-{self._name}-{key}"
        await replies.exchange_declare(RPC_EXCHANGE, exchange_type="topic", durable=True)
        await replies.queue_declare(queue, exclusive=True, auto_delete=True)
        await replies.queue_bind(queue, RPC_EXCHANGE, routing_key=key)
        await replies.basic_consume(queue, self._on_reply, no_ack=True)
        requests = await open_channel(amqp, confirms=True)
        self._reply_key, self._requests = key, requests
        return replies, requests

    def detach(self) -> None:
        """Fail every call in flight at once."""
        self._requests = None
        for reply in self._pending.values():
            if not reply.done():
                reply.set_exception(BusUnavailable("the connection was lost while waiting for the answer"))

    async def call(
        self,
        service: str,
        method: str,
        kwargs: Mapping[str, Any],
        *,
        deadline: float,
    ) -> Any:
        """The answer of `service.method(**kwargs)`, as JSON builtins, within `deadline` seconds.

        Raises `RemoteError`, `RpcTimeout`, `UnknownService`, `CircuitOpen` or `BusUnavailable`.
        """
        if not self._circuits.admits(service):
            raise CircuitOpen(f"{service} has not answered for a while")
        try:
            async with asyncio.timeout(deadline):
                answer = _decode(await self._answer(service, method, kwargs, deadline))
        except TimeoutError as error:
            self._circuits.note(service, answered=False)
            raise RpcTimeout(f"{service}.{method} did not answer within {deadline:g} s") from error
        self._circuits.note(service, answered=True)
        if answer.get("error"):
            raise remote_error(answer["error"])
        return answer.get("result")

    async def _answer(self, service: str, method: str, kwargs: Mapping[str, Any], deadline: float) -> bytes:
        """The raw reply to one call, which travels alone or in a row."""
        headers = context_headers(f"{self._name}.{service}.{next(self._numbers)}")
        if (rows := self._rows.get(service)) is None:
            return await self._ask(service, deadline, method, _encode({"args": [], "kwargs": kwargs}), headers)
        if self._requests is None:
            raise BusUnavailable("not connected to the broker")
        reply: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        try:
            rows.add(Waiting(method, kwargs, headers, reply))
            return await reply
        finally:
            reply.cancel()

    async def _ask(
        self, service: str, deadline: float, method: str, body: bytes, headers: dict[str, Any]
    ) -> bytes:
        """Send one request and wait for its raw reply."""
        call_id = f"{self._reply_key[:12]}.{next(self._numbers)}"
        reply = self._pending[call_id] = asyncio.get_running_loop().create_future()
        properties = Basic.Properties(
            content_type="application/json",
            content_encoding="utf-8",
            correlation_id=call_id,
            reply_to=self._reply_key,
            delivery_mode=1,
            # The broker drops the request when nobody waits for its answer any more.
            expiration=str(max(1, int(deadline * 1000))),
            headers=headers,
        )
        try:
            async with asyncio.timeout(deadline):
                await self._send(f"{service}.{method}", body, properties)
                return await reply
        except TimeoutError as error:
            raise RpcTimeout(f"{service}.{method} did not answer within {deadline:g} s") from error
        finally:
            del self._pending[call_id]
            reply.cancel()

    async def _send(self, routing_key: str, body: bytes, properties: Basic.Properties) -> None:
        if self._requests is None:
            raise BusUnavailable("not connected to the broker")
        try:
            with unavailable_when_lost():
                await self._requests.basic_publish(
                    body,
                    exchange=RPC_EXCHANGE,
                    routing_key=routing_key,
                    properties=properties,
                    mandatory=True,
                    wait=False,
                )
        except BusUnavailable as error:
            if isinstance(error.__cause__, PublishError):
                raise UnknownService(f"nobody serves {routing_key}") from error
            raise

    async def _on_reply(self, message: DeliveredMessage) -> None:
        reply = self._pending.get(message.header.properties.correlation_id or "")
        if reply is not None and not reply.done():
            reply.set_result(message.body)
