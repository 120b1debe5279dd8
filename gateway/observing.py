"""Around everything else: the request's id, the headers of every answer, the access log, the measurements.

A plain ASGI wrapper, so that what the framework refuses before any handler is seen and marked as well.
"""

from __future__ import annotations

import logging
import re
import time
import uuid
from typing import Any

from litestar.types import ASGIApp, Message, Receive, Scope, Send

from messaging import tracing

from .metrics import Metrics
from .queries import percent_encoded

access = logging.getLogger("gateway.access")

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,100}")
_TRACEPARENT = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
_UNLOGGED = {"/livez", "/readyz", "/metrics"}

SECURITY_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(self), microphone=(self), geolocation=()"),
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self' blob:; "
        b"connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    ),
]


class Observed:
    """The application, observed."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request; everything but HTTP goes straight through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = follow(scope)
        scope["query_string"] = percent_encoded(scope["query_string"])
        own_headers = [(b"x-request-id", request_id.encode()), *SECURITY_HEADERS]
        before = time.perf_counter()
        status = 500

        async def marked(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = headers = [*message.get("headers", ()), *own_headers]
                if not any(name == b"cache-control" for name, _ in headers):
                    headers.append((b"cache-control", b"no-store"))
            await send(message)

        method = str(scope.get("method"))
        span = None if scope["path"] in _UNLOGGED else tracing.begin(method, tracing.SERVER)
        try:
            await self._app(scope, receive, marked)
        finally:
            self._note(scope, status, time.perf_counter() - before)
            if span is not None:
                span.name = f"{method} {scope.get('path_template') or 'none'}"
                span.attributes["http.response.status_code"] = str(status)
                tracing.end(span, failed=status >= 500)

    def _note(self, scope: Any, status: int, seconds: float) -> None:
        route = scope.get("path_template") or "none"
        if route != "/api/v1/events":  # a stream lasts as long as its reader
            self._metrics.requests.labels(scope["method"], route, str(status)).observe(seconds)
        if scope["path"] not in _UNLOGGED:
            fields = {
                "method": scope["method"],
                "path": scope["path"],
                "status": status,
                "ms": round(seconds * 1000, 1),
            }
            access.info("request", extra={"fields": fields})


def follow(scope: Any) -> str:
    """Set what `tracing` follows this request by, in the context of its task; answers the request's id.

    The client's `X-Request-ID` and `traceparent` count when they are harmless.
    """
    headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
    given, trace = headers.get(b"x-request-id", ""), headers.get(b"traceparent", "")
    request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
    tracing.correlation_id.set(request_id)
    tracing.traceparent.set(trace if _TRACEPARENT.fullmatch(trace) else "")
    return request_id
