"""The stage of a session: WHIP (RFC 9725) to publish, WHEP to watch.

The gateway asks the streaming service where and whether, and passes the SDP to that media node. The address of
a peer is ``/sessions/{id}/whip/{node}.{secret}``: any gateway can end it.
"""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any

import msgspec
from litestar import Request, Response, Router, delete, post, route
from litestar.enums import HttpMethod
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIType

from messaging.contracts.streaming import JoinStage, LeaveStage, StageTicket

from .caller import Caller
from .media import MediaNodes, NodeAnswer
from .problems import Problem
from .tokens import signed_in

AnyRequest = Request[Any, Any, Any]
SDP = "application/sdp"
ROLES = {"whip": "publish", "whep": "watch"}


@dataclass
class OfferOperation(Operation):
    """Shows that the body and the answer are SDP."""

    def __post_init__(self) -> None:
        sdp = OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING))
        self.request_body = RequestBody(content={SDP: sdp}, description="An SDP offer", required=True)


@post("/{session_id:str}/whip", guards=[signed_in], media_type=SDP, operation_class=OfferOperation)
async def publish(session_id: str, body: bytes, request: AnyRequest, caller: Caller) -> Response[bytes]:
    """Publish into a session. For its presenters and operators."""
    return await exchange(session_id, "whip", offer_in(body, request), request, caller)


@post("/{session_id:str}/whep", media_type=SDP, operation_class=OfferOperation)
async def watch(session_id: str, body: bytes, request: AnyRequest, caller: Caller) -> Response[bytes]:
    """Watch a session. Anyone may."""
    return await exchange(session_id, "whep", offer_in(body, request), request, caller)


@delete("/{session_id:str}/whip/{peer:str}", guards=[signed_in], status_code=200)
async def stop_publishing(session_id: str, peer: str, request: AnyRequest, caller: Caller) -> Response[bytes]:
    """Stop publishing."""
    return await dismiss(session_id, "whip", peer, request, caller)


@delete("/{session_id:str}/whep/{peer:str}", status_code=200)
async def stop_watching(session_id: str, peer: str, request: AnyRequest, caller: Caller) -> Response[bytes]:
    """Stop watching."""
    return await dismiss(session_id, "whep", peer, request, caller)


@route(
    ["/{session_id:str}/whip", "/{session_id:str}/whep"],
    http_method=[HttpMethod.OPTIONS],
    status_code=204,
    include_in_schema=False,
)
async def describe(session_id: str) -> Response[None]:
    """What the endpoint takes (RFC 9725, 4.2)."""
    return Response(None, status_code=204, headers={"Accept-Post": SDP, "Allow": "OPTIONS, POST"})


async def exchange(
    session_id: str, protocol: str, offer: bytes, request: AnyRequest, caller: Caller
) -> Response[bytes]:
    """Pass an offer to the media node of the session and its answer back."""
    ticket = await ticket_of(caller.call(JoinStage, session_id=session_id, role=ROLES[protocol]))
    nodes: MediaNodes = request.app.state.media
    answer = await nodes.offer(ticket, protocol, offer)
    location = f"/api/v1/sessions/{session_id}/{protocol}/{answer.peer}"
    return passed_on(answer, {"Location": location} if answer.peer else {})


async def dismiss(
    session_id: str, protocol: str, peer: str, request: AnyRequest, caller: Caller
) -> Response[bytes]:
    """End a peer on the node that its address names, even when the session is over."""
    leaving = caller.call(LeaveStage, session_id=session_id, role=ROLES[protocol], peer=peer)
    nodes: MediaNodes = request.app.state.media
    return passed_on(await nodes.end(await ticket_of(leaving), protocol, peer), {})


async def ticket_of(asking: Awaitable[Any]) -> StageTicket:
    """The streaming service's word on where, and whether, the caller may publish or watch."""
    return msgspec.convert(await asking, StageTicket)


def offer_in(body: bytes, request: AnyRequest) -> bytes:
    """The offer, when the body looks like SDP (RFC 8866): 415 or 400 otherwise, before anyone is asked."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != SDP:
        raise Problem(415, "UnsupportedMediaType", f"The body must be {SDP}.", field="Content-Type")
    if not body.startswith((b"v=0\r\n", b"v=0\n")) or b"\nm=" not in body:
        raise Problem(400, "BadSdp", "The body is not an SDP offer with media.", field="body")
    return body


def passed_on(answer: NodeAnswer, headers: dict[str, str]) -> Response[bytes]:
    """The media node's answer, or its problem document, as ours."""
    return Response(
        answer.body, status_code=answer.status, media_type=answer.media_type, headers={**answer.headers, **headers}
    )


router = Router(
    "/sessions",
    # `describe` is first, or the framework answers OPTIONS by itself.
    route_handlers=[describe, publish, watch, stop_publishing, stop_watching],
    tags=["stage"],
)
