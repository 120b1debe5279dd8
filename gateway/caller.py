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

    async def call(self, message: type[msgspec.Struct], /, **fields: Any) -> Any:
        """The answer to `message` with these fields, as JSON builtins.

        A query's parameter that is None was not given; in a command, None takes something away. Raises what
        the bus raises; `refusals` makes documents of it.
        """
        service, method = address_of(message)
        kwargs = {
            name: value for name, value in fields.items() if value is not None or not issubclass(message, Query)
        }
        if self.actor is not None:
            kwargs["actor"] = {"id": self.actor.id, "roles": list(self.actor.roles)}
        if "command_id" in message.__struct_fields__:
            kwargs["command_id"] = self.command_id
        return await self.services.call(service, method, kwargs, deadline=self.deadline)


async def provide_caller(request: Request[Any, Any, State]) -> Caller:
    """The `caller` of every handler that asks for one."""
    state = request.app.state
    actor = actor_of(request)
    key = request.headers.get(HEADER)
    return Caller(
        services=state.bus,
        deadline=state.settings.rpc_deadline,
        actor=actor,
        command_id=command_id(key, actor.id if actor else None, request.method, request.url.path),
    )
