"""The stage of a session: WHIP (RFC 9725) to publish, WHEP to watch.

The gateway asks the streaming service where and whether, and passes what is asked to that media node. The address
of a peer is ``/sessions/{id}/whip/{node}.{secret}``: any gateway can change and end it.
"""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, Router, delete, get, patch, post, route
from litestar.enums import HttpMethod
from litestar.params import Parameter
from litestar.response import Stream

from .caller import Caller
from .exchange import (
    FRAGMENT,
    SDP,
    FragmentOperation,
    OfferOperation,
    ask_for,
    change,
    fragment_in,
    listen,
    offer,
    offer_in,
    passed_on,
)
from .media import ToNode
from .tokens import signed_in

AnyRequest = Request[Any, Any, Any]
Place = Annotated[
    str | None,
    Parameter(pattern=r"^[a-z0-9-]{1,40}$", description="A region of media nodes that the client is in or near"),
]


@post("/{session_id:str}/whip", guards=[signed_in], media_type=SDP, operation_class=OfferOperation)
async def publish(
    session_id: str, body: bytes, request: AnyRequest, caller: Caller, region: Place = None
) -> Response[bytes]:
    """Publish into a session. For its presenters and operators."""
    return await offer(session_id, "whip", offer_in(body, request), region, request, caller)


@post("/{session_id:str}/whep", media_type=SDP, operation_class=OfferOperation)
async def watch(
    session_id: str, body: bytes, request: AnyRequest, caller: Caller, region: Place = None
) -> Response[bytes]:
    """Watch a session. Anyone may."""
    return await offer(session_id, "whep", offer_in(body, request), region, request, caller)


@patch(
    "/{session_id:str}/whip/{peer:str}", guards=[signed_in], media_type=FRAGMENT, operation_class=FragmentOperation
)
async def change_publisher(
    session_id: str, peer: str, body: bytes, request: AnyRequest, caller: Caller
) -> Response[bytes]:
    """Trickle candidates of a publisher, or restart its ICE. `If-Match` has the entity tag, or * for a restart."""
    return await change(session_id, "whip", peer, fragment_in(body, request), caller, request)


@patch("/{session_id:str}/whep/{peer:str}", media_type=FRAGMENT, operation_class=FragmentOperation)
async def change_viewer(
    session_id: str, peer: str, body: bytes, request: AnyRequest, caller: Caller
) -> Response[bytes]:
    """Trickle candidates of a viewer, or restart its ICE. `If-Match` has the entity tag, or * for a restart."""
    return await change(session_id, "whep", peer, fragment_in(body, request), caller, request)


@delete("/{session_id:str}/whip/{peer:str}", guards=[signed_in], status_code=200)
async def stop_publishing(session_id: str, peer: str, request: AnyRequest, caller: Caller) -> Response[bytes]:
    """Stop publishing."""
    return await change(session_id, "whip", peer, ToNode("DELETE", ""), caller, request)


@delete("/{session_id:str}/whep/{peer:str}", status_code=200)
async def stop_watching(session_id: str, peer: str, request: AnyRequest, caller: Caller) -> Response[bytes]:
    """Stop watching."""
    return await change(session_id, "whep", peer, ToNode("DELETE", ""), caller, request)


@get("/{session_id:str}/whip/{peer:str}/events", guards=[signed_in], media_type="text/event-stream")
async def publisher_events(session_id: str, peer: str, request: AnyRequest, caller: Caller) -> Stream:
    """Events of one publisher: `viewercount`, `move`. The stream ends when its media node does."""
    return await listen(session_id, "whip", peer, caller, request)


@get("/{session_id:str}/whep/{peer:str}/events", media_type="text/event-stream")
async def viewer_events(session_id: str, peer: str, request: AnyRequest, caller: Caller) -> Stream:
    """Events of one viewer: `active`, `inactive`, `viewercount`, `move`. It ends when the media node does."""
    return await listen(session_id, "whep", peer, caller, request)


@route(
    ["/{session_id:str}/whip", "/{session_id:str}/whep"],
    http_method=[HttpMethod.OPTIONS],
    status_code=200,
    include_in_schema=False,
)
async def describe(session_id: str, request: AnyRequest, caller: Caller) -> Response[bytes]:
    """What the endpoint takes (RFC 9725, 4.2); who may use it is told the ICE servers (4.6)."""
    allowed = {"Accept-Post": SDP, "Allow": "OPTIONS, POST"}
    if caller.actor is None:
        return Response(b"", status_code=200, headers=allowed)
    protocol = request.url.path.rpartition("/")[2]
    asked = ToNode("OPTIONS", f"/sessions/{session_id}/{protocol}")
    answer = await ask_for(session_id, protocol, None, asked, request, caller)
    return passed_on(answer, allowed)


router = Router(
    "/sessions",
    # `describe` is first, or the framework answers OPTIONS by itself.
    route_handlers=[
        describe,
        publish,
        watch,
        change_publisher,
        change_viewer,
        stop_publishing,
        stop_watching,
        publisher_events,
        viewer_events,
    ],
    tags=["stage"],
)
