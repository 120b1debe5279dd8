"""nameko's context as AMQP headers: what a service passes on when it calls another."""

from __future__ import annotations

from typing import Any


def context_headers(call_id: str, correlation_id: str, traceparent: str = "") -> dict[str, Any]:
    """Headers that nameko unpacks into a worker's context: it strips the prefix ``nameko.``.

    `call_id` starts nameko's stack of calls; `traceparent` (W3C Trace Context) travels under its plain name.
    """
    headers: dict[str, Any] = {"nameko.call_id_stack": [call_id], "nameko.correlation_id": correlation_id}
    if traceparent:
        headers["traceparent"] = traceparent
    return headers
