"""WHIP (RFC 9725): publishing. HTTP only; what happens then is in `stages`."""

from __future__ import annotations

from aiohttp import web

from . import exchange
from .capabilities import Capability
from .sdp.offer import Offer
from .stages import Joined


async def publish(request: web.Request) -> web.Response:
    """POST /sessions/{session_id}/whip"""

    async def join(offer: Offer, capability: Capability) -> Joined:
        return await request.app[exchange.STAGES].publish(capability.sid, offer, capability.sub)

    return await exchange.accept(request, "publish", "whip", join)


async def restart(request: web.Request) -> web.Response:
    """PATCH /sessions/{session_id}/whip/{peer}"""
    return await exchange.change(request, "publish")


async def unpublish(request: web.Request) -> web.Response:
    """DELETE /sessions/{session_id}/whip/{peer}"""
    return await exchange.leave(request, "publish")


def routes() -> list[web.AbstractRouteDef]:
    """The routes of WHIP."""
    return [
        web.post("/sessions/{session_id}/whip", publish),
        web.options("/sessions/{session_id}/whip", exchange.options),
        web.patch("/sessions/{session_id}/whip/{peer}", restart),
        web.delete("/sessions/{session_id}/whip/{peer}", unpublish),
        web.options("/sessions/{session_id}/whip/{peer}", exchange.options),
    ]
