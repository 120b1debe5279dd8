"""WHEP (draft-ietf-wish-whep): watching, over the same HTTP as WHIP. What happens then is in `stages`."""

from __future__ import annotations

from aiohttp import web

from . import exchange


async def watch(request: web.Request) -> web.Response:
    """POST /sessions/{session_id}/whep"""
    return await exchange.accept(request, "watch", "whep", request.app[exchange.STAGES].watch)


async def leave(request: web.Request) -> web.Response:
    """DELETE /sessions/{session_id}/whep/{peer}"""
    return await exchange.leave(request, "watch")


def routes() -> list[web.AbstractRouteDef]:
    """The routes of WHEP."""
    return [
        web.post("/sessions/{session_id}/whep", watch),
        web.options("/sessions/{session_id}/whep", exchange.options),
        web.delete("/sessions/{session_id}/whep/{peer}", leave),
        web.options("/sessions/{session_id}/whep/{peer}", exchange.options),
    ]
