"""What WHIP and WHEP have in common: an SDP offer in, an answer out, and a resource to change and to leave by."""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable

from aiohttp import web

from .capabilities import Capabilities, Capability
from .peers import Peer
from .problems import Problem
from .sdp.fragment import LONGEST_FRAGMENT, parse_fragment, write_fragment
from .sdp.offer import LONGEST_OFFER, Offer, parse_offer
from .settings import Settings
from .stages import Joined, Stages
from .turn import ice_links

SDP = "application/sdp"
FRAGMENT = "application/trickle-ice-sdpfrag"
SETTINGS = web.AppKey("settings", Settings)
STAGES = web.AppKey("stages", Stages)
CAPABILITIES = web.AppKey("capabilities", Capabilities)

Join = Callable[[Offer, Capability], Awaitable[Joined]]
_EVENTS = 'rel="urn:ietf:params:whep:ext:core:server-sent-events"; events="active,inactive,viewercount,move"'


async def accept(request: web.Request, role: str, resource: str, join: Join) -> web.Response:
    """Answers an offer: 201 with the answer, `Location`, `ETag`, the ICE servers and where news come from."""
    session_id = request.match_info["session_id"]
    capability = request.app[CAPABILITIES].check(request.headers.get("Authorization", ""), session_id, role)
    offer = await _read_offer(request)
    joined = await join(offer, capability)
    settings = request.app[SETTINGS]
    response = web.Response(status=201, text=joined.answer, content_type=SDP)
    location = f"/sessions/{session_id}/{resource}/{settings.node}.{joined.peer.id}"
    response.headers["Location"] = location
    response.headers["ETag"] = f'"{joined.peer.etag}"'
    response.headers["Accept-Patch"] = FRAGMENT
    response.headers.add("Link", f"<{location}/events>; {_EVENTS}")
    for link in ice_links(settings, time.time(), trusted=True):
        response.headers.add("Link", link)
    return response


async def change(request: web.Request, role: str) -> web.Response:
    """Trickled candidates: 204. New credentials: an ICE restart, 200 with the node's own (RFC 9725, 4.3.1)."""
    peer = _peer_of(request, role)
    wanted = request.headers.get("If-Match")
    if wanted is None:
        raise Problem(428, "PreconditionRequired", "If-Match says which ICE session is meant, or * for a new one.")
    fragment = parse_fragment(await _read(request, FRAGMENT, LONGEST_FRAGMENT, {"Accept-Patch": FRAGMENT}))
    is_restart = bool(fragment.ice_password) and fragment.ice_fragment != peer.remote_fragment
    is_stale = fragment.ice_fragment not in ("", peer.remote_fragment) and not is_restart
    if is_stale or not _matches(wanted, peer.etag):
        raise Problem(412, "PreconditionFailed", "The resource has another ICE session now.")
    if not is_restart:
        return web.Response(status=204)  # the node learns the client's addresses from its checks
    text = write_fragment(peer.restart(fragment.ice_fragment))
    return web.Response(text=text, content_type=FRAGMENT, headers={"ETag": f'"{peer.etag}"'})


async def leave(request: web.Request, role: str) -> web.Response:
    """Ends the peer of a resource URL."""
    await request.app[STAGES].close(_peer_of(request, role))
    return web.Response(status=200)


async def options(request: web.Request) -> web.Response:
    """Says what a POST takes (RFC 9725, 4.2), and which ICE servers there are; relays to capabilities only."""
    trusted = False
    if header := request.headers.get("Authorization"):
        role = "publish" if request.path.endswith("/whip") else "watch"
        request.app[CAPABILITIES].check(header, request.match_info["session_id"], role)
        trusted = True
    accepts = "Accept-Patch" if "peer" in request.match_info else "Accept-Post"
    response = web.Response(status=200, headers={accepts: FRAGMENT if accepts == "Accept-Patch" else SDP})
    for link in ice_links(request.app[SETTINGS], time.time(), trusted):
        response.headers.add("Link", link)
    return response


def _peer_of(request: web.Request, role: str) -> Peer:
    """The peer of a resource URL. The capability may have expired since, but must fit session, role and actor."""
    session_id = request.match_info["session_id"]
    header = request.headers.get("Authorization", "")
    capability = request.app[CAPABILITIES].check(header, session_id, role, expired=True)
    node, _, peer_id = request.match_info["peer"].rpartition(".")
    resource = request.app[STAGES].resources.find(session_id, role, peer_id)
    if resource is None or node != request.app[SETTINGS].node or not resource.belongs_to(capability.sub):
        raise Problem(404, "NotFound", "There is no such peer in this session.")
    return resource.peer


def _matches(if_match: str, etag: str) -> bool:
    """Whether an If-Match header holds for this entity tag, by strong comparison (RFC 9110, 13.1.1)."""
    return if_match.strip() == "*" or etag in re.findall(r'(?<!W/)"([^"]*)"', if_match)


async def _read_offer(request: web.Request) -> Offer:
    return parse_offer(await _read(request, SDP, LONGEST_OFFER, {"Accept-Post": SDP}))


async def _read(request: web.Request, media_type: str, limit: int, accepts: dict[str, str]) -> str:
    """The body as text. Raises `Problem` for another type, for too much of it, and where it is no text."""
    if request.content_type != media_type:
        raise Problem(415, "UnsupportedMediaType", f"The body must be {media_type}.", accepts)
    if (request.content_length or 0) > limit:
        raise Problem(413, "BodyTooLarge", f"The body has at most {limit // 1024} KiB.")
    body = await request.read()  # the application's limit holds for bodies that do not state their length
    if len(body) > limit:
        raise Problem(413, "BodyTooLarge", f"The body has at most {limit // 1024} KiB.")
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise Problem(400, "MalformedBody", "The body is text in UTF-8.") from error
