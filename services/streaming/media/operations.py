"""For operators and probes: is it alive, is it ready, what is on, how much."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from . import figures
from .exchange import CAPABILITIES, SETTINGS, STAGES
from .problems import Problem
from .resources import Resource
from .stage import Stage
from .stages import Stages
from .viewer import Viewer

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
    on_stage = request.app[STAGES]
    body = generate_latest() + figures.of_sessions(on_stage)
    return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})


async def stages(request: web.Request) -> web.Response:
    """What is on stage on this node."""
    node, stages = request.app[SETTINGS].node, request.app[STAGES]
    audience, relayed = stages.audience, stages.relayed
    described = [_described(s, audience.get(s.session_id, 0), relayed.get(s.session_id, node)) for s in stages]
    return web.json_response({"node": node, "stages": described})


async def peers(request: web.Request) -> web.Response:
    """GET /operations/peers: everybody on this node, for operators."""
    _as_operator(request)
    stages = request.app[STAGES]
    return web.json_response([_peer(resource, stages) for resource in stages.resources])


async def end_peer(request: web.Request) -> web.Response:
    """DELETE /operations/peers/{peer}: shows one peer out, for operators."""
    _as_operator(request)
    for resource in request.app[STAGES].resources:
        if resource.name == request.match_info["peer"]:
            resource.peer.ended.set()
            return web.Response(status=200)
    raise Problem(404, "NotFound", "There is no such peer on this node.")


async def drain(request: web.Request) -> web.Response:
    """POST /operations/drain: sends everybody to other nodes. Nobody may be given this one any more."""
    _as_operator(request)
    request.app[STAGES].draining.begin()
    return web.Response(status=202)


def routes() -> list[web.AbstractRouteDef]:
    """The routes of this page."""
    return [
        web.get("/livez", livez),
        web.get("/readyz", readyz),
        web.get("/metrics", metrics),
        web.get("/stages", stages),
        web.get("/operations/peers", peers),
        web.delete("/operations/peers/{peer}", end_peer),
        web.post("/operations/drain", drain),
    ]


def _as_operator(request: web.Request) -> None:
    request.app[CAPABILITIES].check(request.headers.get("Authorization", ""), "", "operate")


def _peer(resource: Resource, stages: Stages) -> dict[str, object]:
    """One peer as the gateway's `StagePeer` has it. Its secret address stays secret."""
    peer, participant, stage = resource.peer, resource.participant, stages.of_session(resource.session_id)
    viewer = participant if isinstance(participant, Viewer) else None
    return {
        "id": resource.name,
        "session_id": resource.session_id,
        "role": resource.role,
        "subject": resource.subject,
        "transport": peer.agent.path.protocol if peer.agent.path else "none",
        "connected_at": peer.connected_at,
        "heard_at": peer.heard_at,
        "bitrate": stage.bitrate if stage and stage.publisher is participant else 0,
        "estimate": viewer.bitrate if viewer else 0,
        "lost": viewer.lost if viewer else 0.0,
    }


def _described(stage: Stage, viewers: int, origin: str) -> dict[str, object]:
    """`bitrate` is the publisher's payload in bits/s over the last second; `origin` the node it comes from."""
    return {
        "session_id": stage.session_id,
        "live": stage.live,
        "origin": origin,
        "epoch": stage.epoch,
        "layers": [source.layer for source in stage.publisher.sources.values() if source.layer]
        if stage.publisher
        else [],
        "codecs": {kind: format_.name for kind, format_ in stage.formats.items()},
        "viewers": viewers,
        "bitrate": stage.bitrate,
    }
