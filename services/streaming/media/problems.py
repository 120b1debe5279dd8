"""Everything that goes wrong over HTTP, as problem documents (RFC 9457), in the same shape as the gateway's."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from .capabilities import InvalidCapability, WrongCapability
from .sdp.fragment import BadFragment
from .sdp.negotiation import NoCommonCodec
from .sdp.offer import BadOffer
from .stages import NobodyPublishes, NoRoom

log = logging.getLogger(__name__)

_NAMES = {404: "NotFound", 405: "MethodNotAllowed", 413: "BodyTooLarge", 415: "UnsupportedMediaType"}


class Problem(Exception):
    """An answer that is not a success. `name` says what it is to programs, `detail` to people."""

    def __init__(self, status: int, name: str, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.name, self.detail, self.headers = status, name, detail, dict(headers or {})

    def response(self, path: str) -> web.Response:
        """The problem document; `path` is what was asked for."""
        words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", self.name)
        document = {
            "type": f"urn:subvenue:problem:{words.lower().replace(' ', '-')}",
            "title": words.capitalize(),
            "status": self.status,
            "detail": self.detail,
            "instance": path,
        }
        return web.Response(
            status=self.status,
            body=json.dumps(document).encode(),
            content_type="application/problem+json",
            headers=self.headers,
        )


def of_anything(error: Exception) -> Problem:
    """The problem for any exception. What nobody foresaw is logged, and shows nothing of itself."""
    match error:
        case Problem():
            return error
        case BadOffer():
            return Problem(400, "MalformedOffer", str(error))
        case BadFragment():
            return Problem(400, "MalformedFragment", str(error))
        case NoCommonCodec():
            return Problem(422, "NoCommonCodec", str(error))
        case InvalidCapability():
            return Problem(401, "InvalidCapability", str(error), {"WWW-Authenticate": "Bearer"})
        case WrongCapability():
            return Problem(403, "NotAllowed", str(error))
        case NoRoom():
            return Problem(503, "NoRoom", "This media node takes nobody now.", {"Retry-After": "1"})
        case NobodyPublishes():
            return Problem(409, "StageEmpty", "Nobody publishes in this session yet.", {"Retry-After": "1"})
        case web.HTTPException():
            name = _NAMES.get(error.status, "BadRequest")
            headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
            return Problem(error.status, name, error.reason, headers)
    log.error("unexpected error", exc_info=error)
    return Problem(500, "InternalError", "Something went wrong on our side.")


@web.middleware
async def answer_with_problems(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Turns whatever a handler raises into a problem document."""
    try:
        return await handler(request)
    except Exception as error:
        return of_anything(error).response(request.path)
