"""Watching by HTTP: where a session's playlists are, its captions, and its files as the media node serves them.

The files are under ``/hls/``, with a key in the path that all viewers of a session share. What may be kept, and
for how long, is in their headers: a CDN before the gateway takes the load of an audience.
"""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, Response, Router, get, post
from litestar.response import Redirect, Stream

from messaging.contracts.streaming import JoinStage

from .bodies import body_of
from .caller import Caller
from .exchange import nodes_of, ticket_of
from .media import NodeAway, ToNode
from .origins import Origins
from .problems import Problem, unavailable
from .tokens import signed_in

AnyRequest = Request[Any, Any, Any]
#: Query parameters of a playlist (delivery directives), and of the captions that a page waits for.
DIRECTIVES = ("_HLS_msn", "_HLS_part", "_HLS_skip", "after")


class Playable(msgspec.Struct):
    """How a session can be played by HTTP. Addresses are of this server; `seconds` is how much there is of it.

    `unpackaged` names the codec of a picture that HLS does not know.
    """

    live: bool
    seconds: float
    playlist: str
    replay: str
    download: str
    news: str
    video: list[str]
    audio: list[str]
    captions: list[str]
    unpackaged: str = ""


class GivenCue(msgspec.Struct, forbid_unknown_fields=True):
    """Words, and when they were said (RFC 3339); from now on, for as long as reading takes, where that is open."""

    text: str
    start: str | None = None
    end: str | None = None


class Captions(msgspec.Struct, forbid_unknown_fields=True):
    """Cues in one language (BCP 47)."""

    language: str
    cues: list[GivenCue]


class Accepted(msgspec.Struct):
    """How many cues were taken."""

    accepted: int


@get("/{session_id:str}/hls")
async def playable(session_id: str, request: AnyRequest, caller: Caller) -> Playable:
    """How a session is played by HTTP: live, and again when it is over. Anyone may."""
    return await described(session_id, request, caller)


@get("/{session_id:str}/hls/main.m3u8")
async def live(session_id: str, request: AnyRequest, caller: Caller) -> Redirect:
    """The way to the live playlist, for players that are given an address only."""
    return _to((await described(session_id, request, caller)).playlist)


@get("/{session_id:str}/hls/replay.m3u8")
async def replay(session_id: str, request: AnyRequest, caller: Caller) -> Redirect:
    """The way to the playlist of everything that was recorded."""
    return _to((await described(session_id, request, caller)).replay)


@get("/{session_id:str}/hls/session.mp4")
async def download(session_id: str, request: AnyRequest, caller: Caller) -> Redirect:
    """The way to the recording as one MP4 file."""
    return _to((await described(session_id, request, caller)).download)


@post("/{session_id:str}/captions", guards=[signed_in], dto=body_of(Captions), return_dto=None, status_code=202)
async def caption(session_id: str, data: dict[str, Any], request: AnyRequest, caller: Caller) -> Accepted:
    """Add captions to a live session. For its presenters and operators."""
    ticket = await ticket_of(caller.call(JoinStage, session_id=session_id, role="publish"))
    body, headers = msgspec.json.encode(data), {"Content-Type": "application/json"}
    asked = ToNode("POST", f"/sessions/{session_id}/captions", body, headers)
    return msgspec.json.decode(await _answer(request, ticket, asked), type=Accepted)


@get("/{session_id:str}/{key:str}/{path:path}", opt={"query": DIRECTIVES}, include_in_schema=False)
async def file(
    session_id: str, key: str, path: str, request: AnyRequest, caller: Caller
) -> Response[bytes] | Stream:
    """A playlist, a segment or a part, as the media node that has the session serves it."""
    origins: Origins = request.app.state.hls
    asked = f"/hls/{session_id}/{key}{path}" + (f"?{request.url.query}" if request.url.query else "")
    return await origins.fetch(session_id, asked, request.headers.get("accept-encoding", ""), caller)


async def described(session_id: str, request: AnyRequest, caller: Caller) -> Playable:
    """What the node that packages a session says of it."""
    ticket = await ticket_of(caller.call(JoinStage, session_id=session_id, role="watch", recorded=True))
    told = msgspec.json.decode(await _answer(request, ticket, ToNode("GET", f"/sessions/{session_id}/hls")))
    path = told.pop("path")
    names = {"playlist": "main.m3u8", "replay": "replay.m3u8", "download": "session.mp4", "news": "cues.json"}
    return msgspec.convert(told | {name: path + file for name, file in names.items()}, Playable)


async def _answer(request: AnyRequest, ticket: Any, asked: ToNode) -> bytes:
    """The body of a success; what is none is passed on as it is, being a problem document like ours."""
    try:
        answer = await nodes_of(request).send(ticket, asked)
    except NodeAway as error:
        raise unavailable("The media node of this session does not answer. Try again in a moment.") from error
    if answer.status >= 300:
        document = msgspec.json.decode(answer.body)
        name = "".join(word.capitalize() for word in document["title"].split())
        raise Problem(answer.status, name, document["detail"], headers=answer.headers)
    return answer.body


def _to(address: str) -> Redirect:
    return Redirect(address, status_code=307, headers={"Cache-Control": "no-store"})


router = Router("/sessions", route_handlers=[playable, live, replay, download, caption], tags=["playback"])
files = Router("/hls", route_handlers=[file])
