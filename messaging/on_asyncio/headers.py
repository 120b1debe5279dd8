"""nameko's context as AMQP headers: what a service passes on when it calls another."""

from __future__ import annotations

from typing import Any

from messaging import tracing


def context_headers(call_id: str) -> dict[str, Any]:
    """Headers that nameko unpacks into a worker's context: it strips the prefix ``nameko.``.

    `call_id` starts nameko's stack of calls, and is the correlation id where `tracing` has none; `traceparent`
    (W3C Trace Context) travels under its plain name.
    """
    correlation_id = tracing.correlation_id.get() or call_id
    headers: dict[str, Any] = {"nameko.call_id_stack": [call_id], "nameko.correlation_id": correlation_id}
    if traceparent := tracing.traceparent.get():
        headers["traceparent"] = traceparent
    return headers
