"""How the fake API answers: pages, problem documents, and who is signed in."""

from __future__ import annotations

from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler


class Refusal(Exception):
    """A problem document to be, as the gateway makes them."""

    def __init__(self, status: int, name: str, detail: str, field: str = "") -> None:
        super().__init__(detail)
        self.status = status
        self.document: dict[str, Any] = {
            "type": f"urn:subvenue:problem:{name}",
            "title": name.replace("-", " ").capitalize(),
            "status": status,
            "detail": detail,
        }
        if field:
            self.document |= {"field": field, "errors": [{"field": field, "detail": detail}]}


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answers a `Refusal` as a problem document."""
    try:
        return await handler(request)
    except Refusal as refusal:
        return web.json_response(refusal.document, status=refusal.status, content_type="application/problem+json")


def page(items: list[dict[str, Any]]) -> web.Response:
    """A listing with one page."""
    return web.json_response({"items": items, "next": None})


def found(thing: dict[str, Any] | None) -> dict[str, Any]:
    """`thing`, or the 404 of the gateway."""
    if thing is None:
        raise Refusal(404, "not-found", "There is no such thing.")
    return thing


def signed_in(request: web.Request) -> str:
    """The token of a request, or 401."""
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not token:
        raise Refusal(401, "unauthorized", "This needs a token.")
    return token
