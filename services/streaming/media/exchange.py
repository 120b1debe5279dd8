"""What WHIP and WHEP have in common: one SDP offer in, one answer out, a resource URL to leave by."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from .capabilities import Capabilities
from .problems import Problem
from .sdp.offer import LONGEST_OFFER, Offer, parse_offer
from .settings import Settings
from .stages import Joined, Stages

SDP = "application/sdp"
SETTINGS = web.AppKey("settings", Settings)
STAGES = web.AppKey("stages", Stages)
CAPABILITIES = web.AppKey("capabilities", Capabilities)


async def accept(
    request: web.Request, role: str, resource: str, join: Callable[[str, Offer], Awaitable[Joined]]
) -> web.Response:
    """Answers an offer: 201 with the answer, `Location`, `ETag` and the ICE servers."""
    session_id = request.match_info["session_id"]
    request.app[CAPABILITIES].check(request.headers.get("Authorization", ""), session_id, role)
    joined = await join(session_id, await _read_offer(request))
    settings = request.app[SETTINGS]
    response = web.Response(status=201, text=joined.answer, content_type=SDP)
    location = f"/sessions/{session_id}/{resource}/{settings.node}.{joined.peer.id}"
    response.headers["Location"] = location
    response.headers["ETag"] = f'"{joined.peer.etag}"'
    for link in ice_links(settings):
        response.headers.add("Link", link)
    return response


async def leave(request: web.Request, role: str) -> web.Response:
    """Ends the peer of a resource URL. The capability may have expired since, but must fit session and role."""
    session_id = request.match_info["session_id"]
    header = request.headers.get("Authorization", "")
    request.app[CAPABILITIES].check(header, session_id, role, expired=True)
    node, _, peer_id = request.match_info["peer"].rpartition(".")
    stages = request.app[STAGES]
    peer = stages.find(session_id, role, peer_id) if node == request.app[SETTINGS].node else None
    if peer is None:
        raise Problem(404, "NotFound", "There is no such peer in this session.")
    await stages.close(peer)
    return web.Response(status=200)


async def options(request: web.Request) -> web.Response:
    """Says what a POST takes (RFC 9725, 4.2), and which ICE servers there are."""
    response = web.Response(status=204, headers={"Accept-Post": SDP})
    for link in ice_links(request.app[SETTINGS]):
        response.headers.add("Link", link)
    return response


def ice_links(settings: Settings) -> list[str]:
    """The configured ICE servers as Link header values (RFC 9725, 4.6)."""
    return [f'<{server}>; rel="ice-server"' for server in settings.ice_servers]


async def _read_offer(request: web.Request) -> Offer:
    if request.content_type != SDP:
        raise Problem(415, "UnsupportedMediaType", f"an offer is {SDP}", {"Accept-Post": SDP})
    if (request.content_length or 0) > LONGEST_OFFER:
        raise Problem(413, "BodyTooLarge", "an offer has at most 256 KiB")
    body = await request.read()  # the application's limit holds for bodies that do not state their length
    try:
        return parse_offer(body.decode())
    except UnicodeDecodeError as error:
        raise Problem(400, "MalformedOffer", "an offer is text in UTF-8") from error
