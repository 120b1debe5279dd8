"""One request's way to the services: who asks, under which id, with which deadline."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec
from litestar import Request
from litestar.datastructures import State

from messaging.contracts.types import Actor, Query

from .idempotency import HEADER, command_id
from .tokens import actor_of

_TRACEPARENT = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


class Services(Protocol):
    """The part of the bus that requests need."""

    @property
    def connected(self) -> bool: ...

    async def call(
        self,
        service: str,
        method: str,
        kwargs: dict[str, Any],
        *,
        deadline: float,
        correlation_id: str,
        traceparent: str,
    ) -> Any: ...


def address_of(message: type[msgspec.Struct]) -> tuple[str, str]:
    """The service and the method that take `message`: its module in the contracts, its name in snake case."""
    service = message.__module__.rpartition(".")[2]
    return service, re.sub(r"(?<=[a-z])(?=[A-Z])", "_", message.__name__).lower()


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Sends the commands and queries of one request."""

    services: Services
    deadline: float
    actor: Actor | None
    command_id: str
    request_id: str
    traceparent: str

    async def call(self, message: type[msgspec.Struct], /, **fields: Any) -> Any:
        """The answer to `message` with these fields, as JSON builtins.

        A query's parameter that is None was not given; in a command, None takes something away. Raises what
        the bus raises; `problems` makes documents of it.
        """
        service, method = address_of(message)
        kwargs = {
            name: value for name, value in fields.items() if value is not None or not issubclass(message, Query)
        }
        if self.actor is not None:
            kwargs["actor"] = {"id": self.actor.id, "roles": list(self.actor.roles)}
        if "command_id" in message.__struct_fields__:
            kwargs["command_id"] = self.command_id
        return await self.services.call(
            service,
            method,
            kwargs,
            deadline=self.deadline,
            correlation_id=self.request_id,
            traceparent=self.traceparent,
        )


async def provide_caller(request: Request[Any, Any, State]) -> Caller:
    """The `caller` of every handler that asks for one."""
    state = request.app.state
    actor = actor_of(request)
    traceparent = request.headers.get("traceparent", "")
    return Caller(
        services=state.bus,
        deadline=state.settings.rpc_deadline,
        actor=actor,
        command_id=command_id(
            request.headers.get(HEADER), actor.id if actor else None, request.method, request.url.path
        ),
        request_id=request.scope["subvenue.request_id"],  # type: ignore[typeddict-item]
        traceparent=traceparent if _TRACEPARENT.fullmatch(traceparent) else "",
    )
