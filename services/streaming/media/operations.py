"""For operators and probes: is it alive, is it ready, what is on, how much."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from .exchange import SETTINGS, STAGES
from .stage import Stage

READY: web.AppKey[Callable[[], bool]] = web.AppKey("ready")


async def livez(request: web.Request) -> web.Response:
    """The process answers. Touches nothing else."""
    return web.json_response({"status": "ok"})


async def readyz(request: web.Request) -> web.Response:
    """200 when the node listens and its bus is connected, 503 otherwise."""
    ready = request.app[READY]()
    return web.json_response({"status": "ready" if ready else "bus away"}, status=200 if ready else 503)


async def metrics(request: web.Request) -> web.Response:
    """Prometheus' text format."""
    return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})


async def stages(request: web.Request) -> web.Response:
    """What is on stage on this node."""
    node = request.app[SETTINGS].node
    return web.json_response({"node": node, "stages": [_described(s) for s in request.app[STAGES]]})


def routes() -> list[web.AbstractRouteDef]:
    """The routes of this page."""
    return [
        web.get("/livez", livez),
        web.get("/readyz", readyz),
        web.get("/metrics", metrics),
        web.get("/stages", stages),
    ]


def _described(stage: Stage) -> dict[str, object]:
    """`bitrate` is the publisher's payload in bits/s over the last second."""
    return {
        "session_id": stage.session_id,
        "live": stage.live,
        "epoch": stage.epoch,
        "codecs": {kind: format_.name for kind, format_ in stage.formats.items()},
        "viewers": len(stage.viewers),
        "bitrate": stage.bitrate,
    }
