"""Whether this process lives, whether it can serve, and what it measures."""

from __future__ import annotations

from typing import Any

from litestar import MediaType, Request, Response, Router, get
from prometheus_client import CONTENT_TYPE_LATEST

from .metrics import Metrics
from .problems import RETRY_AFTER


@get("/livez", media_type=MediaType.TEXT, sync_to_thread=False)
def livez() -> str:
    """The process answers. Touches nothing else."""
    return "ok\n"


@get("/readyz", sync_to_thread=False)
def readyz(request: Request[Any, Any, Any]) -> Response[dict[str, Any]]:
    """200 when requests can be served: the bus is there, events are heard, tokens can be verified."""
    state = request.app.state
    checks = {
        "bus": state.bus.connected,
        "events": state.listener.active,
        "token_key": state.verifier.ready,
    }
    ready = all(checks.values())
    return Response(
        {"ready": ready, "checks": checks},
        status_code=200 if ready else 503,
        headers={} if ready else {"Retry-After": RETRY_AFTER},
    )


@get("/metrics", media_type=MediaType.TEXT, sync_to_thread=False)
def metrics(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Prometheus' text format."""
    measured: Metrics = request.app.state.metrics
    return Response(measured.text(), media_type=CONTENT_TYPE_LATEST.partition("; charset")[0])


router = Router("/", route_handlers=[livez, readyz, metrics], tags=["health"])
