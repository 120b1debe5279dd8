"""WHEP (draft-ietf-wish-whep): watching, over the same HTTP as WHIP. What happens then is in `stages`."""

from __future__ import annotations

from aiohttp import web

from . import exchange
from .capabilities import Capability
from .relays import Relays
from .sdp.offer import Offer
from .stages import Joined

RELAYS = web.AppKey("relays", Relays)


async def watch(request: web.Request) -> web.Response:
    """POST /sessions/{session_id}/whep"""

    async def join(offer: Offer, capability: Capability) -> Joined:
        if capability.origin is not None:
            await request.app[RELAYS].ensure(capability.sid, capability.origin)
        is_relay = capability.role == "relay"
        return await request.app[exchange.STAGES].watch(capability.sid, offer, capability.sub, is_relay)

    return await exchange.accept(request, "watch", "whep", join)


async def restart(request: web.Request) -> web.Response:
    """PATCH /sessions/{session_id}/whep/{peer}"""
    return await exchange.change(request, "watch")


async def leave(request: web.Request) -> web.Response:
    """DELETE /sessions/{session_id}/whep/{peer}"""
    return await exchange.leave(request, "watch")


def routes() -> list[web.AbstractRouteDef]:
    """The routes of WHEP."""
    return [
        web.post("/sessions/{session_id}/whep", watch),
        web.options("/sessions/{session_id}/whep", exchange.options),
        web.patch("/sessions/{session_id}/whep/{peer}", restart),
        web.delete("/sessions/{session_id}/whep/{peer}", leave),
        web.options("/sessions/{session_id}/whep/{peer}", exchange.options),
    ]
