"""WHIP (RFC 9725): publishing. HTTP only; what happens then is in `stages`."""

from __future__ import annotations

from aiohttp import web

from . import exchange


async def publish(request: web.Request) -> web.Response:
    """POST /sessions/{session_id}/whip"""
    return await exchange.accept(request, "publish", "whip", request.app[exchange.STAGES].publish)


async def unpublish(request: web.Request) -> web.Response:
    """DELETE /sessions/{session_id}/whip/{peer}"""
    return await exchange.leave(request, "publish")


def routes() -> list[web.AbstractRouteDef]:
    """The routes of WHIP."""
    return [
        web.post("/sessions/{session_id}/whip", publish),
        web.options("/sessions/{session_id}/whip", exchange.options),
        web.delete("/sessions/{session_id}/whip/{peer}", unpublish),
        web.options("/sessions/{session_id}/whip/{peer}", exchange.options),
    ]
