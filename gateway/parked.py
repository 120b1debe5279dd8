"""What the services could not handle, for operators: look, replay, discard."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Literal

from litestar import Request, Router, delete, get, post
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.handlers import BaseRouteHandler
from litestar.params import Parameter
from msgspec import Struct

from messaging.parked import SERVICES, NoOrigin, NotParked, Parked, ParkedInFull, ParkedMessages

from .listings import Listing
from .problems import Problem
from .tokens import actor_of, signed_in

Service = Literal["registration", "jobs", "search", "streaming"]
ParkedLimit = Annotated[int | None, Parameter(ge=1, le=1000, description="How many messages to show at most")]
Asked = Request[Any, Any, State]


class ParkedCount(Struct):
    """How many messages a service has parked."""

    service: Service
    count: int


def operators_only(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Guard: bodies of messages may hold what is somebody's own."""
    actor = actor_of(connection)
    if actor is None or not actor.has_role("operator"):
        raise Problem(403, "NotAllowed", "This is for operators.")


@contextmanager
def told_as_problems() -> Iterator[None]:
    """404 for a message that is not there (any more), 409 for one whose queue is not."""
    try:
        yield
    except NotParked as error:
        raise Problem(404, "NotFound", "There is no parked message with this id.", field="message_id") from error
    except NoOrigin as error:
        raise Problem(409, "Conflict", f"It stays parked: {error}.") from error


def messages_of(request: Asked) -> ParkedMessages:
    """The parked queues, as the application holds them."""
    messages: ParkedMessages = request.app.state.parked
    return messages


@get("/", guards=[signed_in, operators_only])
async def count_parked(request: Asked) -> Listing[ParkedCount]:
    """How many messages each service has parked. For operators."""
    messages = messages_of(request)
    return Listing([ParkedCount(service, await messages.count(service)) for service in SERVICES])  # type: ignore[arg-type]


@get("/{service:str}", guards=[signed_in, operators_only])
async def list_parked(request: Asked, service: Service, limit: ParkedLimit = None) -> Listing[Parked]:
    """What a service has parked, first parked first, with reason, attempts, origin and trace. For operators."""
    return Listing(await messages_of(request).list(service, limit or 100))


@get("/{service:str}/{message_id:str}", guards=[signed_in, operators_only])
async def show_parked(request: Asked, service: Service, message_id: str) -> ParkedInFull:
    """One parked message with its body, byte for byte in base64. For operators."""
    with told_as_problems():
        return await messages_of(request).show(service, message_id)


@post("/{service:str}/{message_id:str}/replay", guards=[signed_in, operators_only], status_code=200)
async def replay_parked(request: Asked, service: Service, message_id: str) -> Parked:
    """Put a parked message back into the queue it came from. For operators; a second time it is not there."""
    with told_as_problems():
        return await messages_of(request).replay(service, message_id)


@delete("/{service:str}/{message_id:str}", guards=[signed_in, operators_only], status_code=200)
async def discard_parked(request: Asked, service: Service, message_id: str) -> Parked:
    """Remove a parked message for good. For operators; answers what was removed."""
    with told_as_problems():
        return await messages_of(request).discard(service, message_id)


router = Router(
    "/parked",
    route_handlers=[count_parked, list_parked, show_parked, replay_parked, discard_parked],
    tags=["operation"],
)
