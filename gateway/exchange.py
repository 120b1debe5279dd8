"""One request of WHIP or WHEP on its way to a media node and back."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIType
from litestar.response import Stream

from messaging.contracts.streaming import JoinStage, LeaveStage, StageTicket

from .caller import Caller
from .media import MediaNodes, NodeAnswer, NodeAway, ToNode
from .problems import Problem, unavailable

AnyRequest = Request[Any, Any, Any]
SDP = "application/sdp"
FRAGMENT = "application/trickle-ice-sdpfrag"
ROLES = {"whip": "publish", "whep": "watch"}
_TRIES = 3  # nodes that may be asked for one offer


@dataclass
class OfferOperation(Operation):
    """Shows that the body and the answer are SDP."""

    def __post_init__(self) -> None:
        self.request_body = _body(SDP, "An SDP offer")


@dataclass
class FragmentOperation(Operation):
    """Shows that the body and the answer are fragments of SDP."""

    def __post_init__(self) -> None:
        self.request_body = _body(FRAGMENT, "An SDP fragment (RFC 8840)")


async def offer(
    session_id: str, protocol: str, sdp: bytes, region: str | None, request: AnyRequest, caller: Caller
) -> Response[bytes]:
    """Pass an offer to a media node of the session and its answer back."""
    asked = ToNode("POST", f"/sessions/{session_id}/{protocol}", sdp, {"Content-Type": SDP})
    answer = await ask_for(session_id, protocol, region, asked, request, caller)
    location = f"/api/v1/sessions/{session_id}/{protocol}/{answer.peer}"
    return passed_on(answer, {"Location": location} if answer.peer else {})


async def ask_for(
    session_id: str, protocol: str, region: str | None, asked: ToNode, request: AnyRequest, caller: Caller
) -> NodeAnswer:
    """What the node of the session answers; where it is away or full, the next one that the service names."""
    nodes = nodes_of(request)
    away: list[str] = []
    while len(away) < _TRIES:
        joining = caller.call(
            JoinStage, session_id=session_id, role=ROLES[protocol], region=region, avoid=list(away) or None
        )
        ticket = await ticket_of(joining)
        try:
            answer = await nodes.send(ticket, asked)
        except NodeAway as error:
            away.append(error.node)
            continue
        if answer.status != 503:
            return answer
        away.append(ticket.node)
    raise unavailable("No media node of this session answers. Try again in a moment.")


async def change(
    session_id: str, protocol: str, peer: str, asked: ToNode, caller: Caller, request: AnyRequest
) -> Response[bytes]:
    """Change or end a peer on the node that its address names, even when the session is over."""
    ticket = await ticket_of(leaving(session_id, protocol, peer, caller))
    path = f"/sessions/{session_id}/{protocol}/{peer}"
    try:
        answer = await nodes_of(request).send(ticket, ToNode(asked.method, path, asked.body, asked.headers))
    except NodeAway as error:
        raise unavailable("The media node of this peer does not answer. A new offer will find another.") from error
    return passed_on(answer, {})


async def listen(session_id: str, protocol: str, peer: str, caller: Caller, request: AnyRequest) -> Stream:
    """The events of a peer, for as long as its node and it are there."""
    ticket = await ticket_of(leaving(session_id, protocol, peer, caller))
    try:
        answer, rest = await nodes_of(request).events(ticket, f"/sessions/{session_id}/{protocol}/{peer}/events")
    except NodeAway as error:
        raise unavailable("The media node of this peer does not answer. A new offer will find another.") from error
    if answer.status != 200:
        raise Problem(404, "NotFound", "There is no such peer in this session.")
    return Stream(rest, media_type="text/event-stream", headers={"Cache-Control": "no-store"})


def leaving(session_id: str, protocol: str, peer: str, caller: Caller) -> Awaitable[Any]:
    """The question for the node that holds a peer."""
    return caller.call(LeaveStage, session_id=session_id, role=ROLES[protocol], peer=peer)


async def ticket_of(asking: Awaitable[Any]) -> StageTicket:
    """The streaming service's word on where, and whether, the caller may publish or watch."""
    return msgspec.convert(await asking, StageTicket)


def nodes_of(request: AnyRequest) -> MediaNodes:
    """The way to the media nodes, as the application holds it."""
    nodes: MediaNodes = request.app.state.media
    return nodes


def offer_in(body: bytes, request: AnyRequest) -> bytes:
    """The offer, when the body looks like SDP (RFC 8866): 415 or 400 otherwise, before anyone is asked."""
    _must_be(SDP, request)
    if not body.startswith((b"v=0\r\n", b"v=0\n")) or b"\nm=" not in body:
        raise Problem(400, "BadSdp", "The body is not an SDP offer with media.", field="body")
    return body


def fragment_in(body: bytes, request: AnyRequest) -> ToNode:
    """The change that a PATCH asks for, with its precondition: 415 for another body, before anyone is asked."""
    _must_be(FRAGMENT, request)
    headers = {"Content-Type": FRAGMENT}
    if (wanted := request.headers.get("if-match")) is not None:
        headers["If-Match"] = wanted
    return ToNode("PATCH", "", body, headers)


def passed_on(answer: NodeAnswer, headers: dict[str, str]) -> Response[bytes]:
    """The media node's answer, or its problem document, as ours."""
    return Response(
        answer.body, status_code=answer.status, media_type=answer.media_type, headers={**answer.headers, **headers}
    )


def _must_be(media_type: str, request: AnyRequest) -> None:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != media_type:
        raise Problem(415, "UnsupportedMediaType", f"The body must be {media_type}.", field="Content-Type")


def _body(media_type: str, description: str) -> RequestBody:
    shape = OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING))
    return RequestBody(content={media_type: shape}, description=description, required=True)
