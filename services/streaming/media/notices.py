"""What a client is told beside its media, as server-sent events: who is on stage, how many watch, go elsewhere.

The peer's address is the secret that lets one listen (an EventSource cannot send a header). `active`, `inactive`
and `viewercount` are the events of WHEP's extension; `move` says that this node is about to end the peer, and that
a new offer will find another node. A stream that breaks says that the node itself is gone, long before the silence
of its media does.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import suppress

from aiohttp import web

from .exchange import SETTINGS, STAGES
from .problems import Problem
from .resources import Resource
from .stages import Stages

_LOOK_EVERY = 1.0  # s, where nothing happens that must be told at once
_COMMENT_EVERY = 5  # looks: proxies close what is silent
_MOST_LISTENERS = 4  # for one peer


async def listen(request: web.Request) -> web.StreamResponse:
    """GET /sessions/{session_id}/{whip or whep}/{peer}/events: until the peer or the client leaves."""
    stages, resource = request.app[STAGES], _resource(request)
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
    resource.listeners += 1
    try:
        await response.prepare(request)
        told: dict[str, str] = {}
        looks = 0
        while True:
            news = [(event, data) for event, data in state(stages, resource) if told.get(_topic(event)) != data]
            for event, data in news:
                told[_topic(event)] = data
                await response.write(f"event: {event}\ndata: {data}\n\n".encode())
            if resource.peer.ended.is_set():
                break
            looks += 1
            if not news and looks % _COMMENT_EVERY == 0:
                await response.write(b": still here\n\n")
            resource.news.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(resource.news.wait(), _LOOK_EVERY)
    except ConnectionError:
        pass  # the client has gone
    finally:
        resource.listeners -= 1
    return response


async def subscribe(request: web.Request) -> web.Response:
    """POST: WHEP's extension asks for events by name, and is told where they come from. Here all come."""
    _resource(request)
    return web.Response(status=201, headers={"Location": request.path})


def state(stages: Stages, resource: Resource) -> Iterator[tuple[str, str]]:
    """What is so now, as (event, data)."""
    stage = stages.of_session(resource.session_id)
    live = stage is not None and stage.live
    yield "active" if live else "inactive", json.dumps({"live": live})
    yield "viewercount", json.dumps({"viewercount": len(stage.viewers) if stage else 0})
    if resource.moving:
        yield "move", "{}"


def routes() -> list[web.AbstractRouteDef]:
    """The routes of this page."""
    path = "/sessions/{session_id}/{resource:whip|whep}/{peer}/events"
    return [web.get(path, listen, allow_head=False), web.post(path, subscribe)]


def _topic(event: str) -> str:
    """What an event is a new word on."""
    return "stage" if event in ("active", "inactive") else event


def _resource(request: web.Request) -> Resource:
    session_id, peer = request.match_info["session_id"], request.match_info["peer"]
    role = "publish" if request.match_info["resource"] == "whip" else "watch"
    node, _, peer_id = peer.rpartition(".")
    resource = request.app[STAGES].resources.find(session_id, role, peer_id)
    if resource is None or node != request.app[SETTINGS].node:
        raise Problem(404, "NotFound", "There is no such peer in this session.")
    if resource.listeners >= _MOST_LISTENERS:
        raise Problem(429, "TooManyListeners", "This peer has listeners enough.", {"Retry-After": "5"})
    return resource
