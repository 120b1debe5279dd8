"""The whole bus of an asyncio process behind one name."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Self

from messaging import tracing
from messaging.contracts.types import Event, type_name
from messaging.ladder import Ladder
from messaging.topology import retry_delays

from .connection import Connection
from .listener import Handler, Listener
from .publisher import Publisher
from .rpc import RpcClient


class Bus:
    """Calls, publishes and listens as `name` over one connection that comes back by itself.

    Entering waits for the broker, but no longer than `patience` seconds: a process starts while the broker is
    away, and its calls fail with `BusUnavailable` until it is there. Correlation id and trace are those of
    `messaging.tracing`. `retry_delays_ms` are the waits of its durable queues, by default those of the setting.
    Calls to the services `in_rows` share messages under load.
    """

    def __init__(
        self,
        amqp_url: str,
        name: str,
        *,
        patience: float = 5.0,
        retry_delays_ms: tuple[int, ...] = (),
        in_rows: Collection[str] = (),
    ) -> None:
        self._ladder = Ladder(name, retry_delays_ms or retry_delays(os.environ))
        self._patience = patience
        self._connection = Connection(amqp_url, name)
        self._rpc = RpcClient(name, in_rows)
        self._publisher = Publisher(name)
        self._open = AsyncExitStack()

    @property
    def connected(self) -> bool:
        """Whether calls and events can go out now."""
        return self._connection.connected

    def on_reconnect(self, callback: Callable[[], None]) -> None:
        """Call `callback` after each later connection: events may have been missed in between."""
        self._connection.on_reconnect.append(callback)

    async def __aenter__(self) -> Self:
        await self._open.enter_async_context(self._connection.holding(self._rpc))
        await self._open.enter_async_context(self._connection.holding(self._publisher))
        await self._connection.start(self._patience)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._connection.stop()
        await self._open.aclose()

    async def call(
        self,
        service: str,
        method: str,
        kwargs: Mapping[str, Any],
        *,
        deadline: float = 2.5,
    ) -> Any:
        """The answer of a service's method as JSON builtins. See `RpcClient.call` for what it raises."""
        with tracing.span(f"{service}.{method}", tracing.CLIENT):
            return await self._rpc.call(service, method, kwargs, deadline=deadline)

    async def publish(
        self,
        event: Event,
        *,
        aggregate: str,
        seq: int,
        correlation_id: str = "",
        mandatory: bool = False,
    ) -> None:
        """Publish `event` to its owner's exchange: returns when the broker has it, or `BusUnavailable`."""
        with tracing.span(f"publish {type_name(type(event))}", tracing.PRODUCER):
            await self._publisher.publish(
                event,
                aggregate=aggregate,
                seq=seq,
                correlation_id=correlation_id,
                mandatory=mandatory,
            )

    @asynccontextmanager
    async def listening(
        self, handlers: Mapping[type[Event], Handler], queue: str | None = None
    ) -> AsyncIterator[Listener]:
        """Hand events to `handlers`: ``async def handler(envelope, event)``, one at a time, in order.

        Without `queue` the process hears everything from now on; with it, all who use that name share a
        durable queue, and what fails is tried again. When connected, the queue is bound before the body runs.
        """
        listener = Listener(self._ladder, handlers, queue)
        async with self._connection.holding(listener):
            yield listener
