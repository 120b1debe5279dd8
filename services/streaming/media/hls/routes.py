"""HLS over HTTP: which address is what, and who may have it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress

from aiohttp import web

from services.streaming.media.exchange import CAPABILITIES
from services.streaming.media.problems import Problem

from . import captions, download, playlists
from .film import Film
from .keys import KEYS, PACKAGING
from .serving import BRIEFLY, MP4, NEVER, absent, number_in, playlist, serve_captions, serve_media

_READY = 3.0  # s that a player waits for all renditions of a session that has just begun
_MEDIA = re.compile(r"(?P<track>[a-z]+(?:-[A-Za-z0-9_]+)?)/(?P<file>[^/]+)")


async def describe(request: web.Request) -> web.Response:
    """GET /sessions/{session_id}/hls: where it is, for whoever may watch."""
    session_id = request.match_info["session_id"]
    request.app[CAPABILITIES].check(request.headers.get("Authorization", ""), session_id, "watch")
    packaging = request.app[PACKAGING]
    packager, film = packaging.packager(session_id), await packaging.film(session_id)
    unpackaged = packager.unpackaged if packager else ""
    if film is None:
        detail = "Nobody publishes in this session yet."
        if unpackaged:
            detail = f"The picture of this session is {unpackaged}, which HLS does not know; it has no sound."
        raise Problem(409, "StageEmpty", detail, {"Retry-After": "1"})
    answer = {
        "path": f"/hls/{session_id}/{request.app[KEYS].key(session_id)}/",
        "live": packager is not None and packager.is_on,
        "seconds": round(film.duration, 3),
        "video": [track.name for track in film.tracks.values() if track.name.startswith("video")],
        "audio": [name for name in ("opus", "aac") if name in film.tracks],
        "captions": film.languages,
        "unpackaged": unpackaged,
    }
    return web.json_response(answer, headers={"Cache-Control": NEVER})


async def fetch(request: web.Request) -> web.StreamResponse:
    """GET /hls/{session_id}/{key}/{path}"""
    session_id, path = request.match_info["session_id"], request.match_info["path"]
    if not request.app[KEYS].fits(session_id, request.match_info["key"]):
        raise Problem(403, "NotAllowed", "The key in this address is for another session, or has run out.")
    film = await request.app[PACKAGING].film(session_id)
    if film is None:
        raise absent()
    if whole := _WHOLE.get(path):
        return await whole(request, film)
    parts = _MEDIA.fullmatch(path)
    if parts is None:
        raise absent()
    if parts["track"].startswith("captions-"):
        return serve_captions(request, film, parts["track"].removeprefix("captions-"), parts["file"])
    track = film.tracks.get(parts["track"])
    if track is None:
        raise absent()
    return await serve_media(request, film, track, parts["file"])


async def _main(request: web.Request, film: Film) -> web.Response:
    packager = request.app[PACKAGING].packager(film.session_id)
    for _ in range(int(_READY / 0.05)):
        if packager is None or packager.is_ready or not packager.is_on:
            break
        await asyncio.sleep(0.05)
    text = playlists.main_playlist(film.tracks, "live", film.languages)
    return playlist(request, text, BRIEFLY)


async def _replay(request: web.Request, film: Film) -> web.Response:
    return playlist(request, playlists.main_playlist(film.tracks, "whole", film.languages), BRIEFLY)


async def _download(request: web.Request, film: Film) -> web.StreamResponse:
    if not download.chosen(film):
        raise absent()
    name = f'attachment; filename="{film.session_id}.mp4"'
    response = web.StreamResponse(headers={"Content-Disposition": name, "Cache-Control": NEVER})
    response.content_type = MP4
    await response.prepare(request)
    async for data in download.mp4(film):
        await response.write(data)
    return response


async def _news(request: web.Request, film: Film) -> web.Response:
    """The captions after the first `after`, as soon as there are some; without `after` only how many there are."""
    after = number_in(request, "after")
    if after is None:
        after = len(film.live_cues)
    else:
        with suppress(TimeoutError):
            await asyncio.wait_for(film.wait_for_captions(after), 10.0)
    cues = [
        {"language": live.cue.language, "text": live.cue.text, "seconds": round(live.cue.end - live.cue.start, 3)}
        for live in film.live_cues[after:]
    ]
    return web.json_response({"cues": cues, "next": len(film.live_cues)}, headers={"Cache-Control": NEVER})


_WHOLE: dict[str, Callable[[web.Request, Film], Awaitable[web.StreamResponse]]] = {
    "main.m3u8": _main,
    "replay.m3u8": _replay,
    "session.mp4": _download,
    "cues.json": _news,
}


def routes() -> list[web.AbstractRouteDef]:
    """The routes of HLS."""
    return [
        web.get("/sessions/{session_id}/hls", describe),
        web.post("/sessions/{session_id}/captions", captions.take),
        web.get("/hls/{session_id}/{key}/{path:.+}", fetch),
    ]
