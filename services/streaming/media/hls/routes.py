"""HLS over HTTP: playlists that wait until they have something new, and segments that never change."""

from __future__ import annotations

import asyncio
import re
import zlib
from collections.abc import Awaitable, Callable
from contextlib import suppress

from aiohttp import web

from services.streaming.media.exchange import CAPABILITIES
from services.streaming.media.problems import Problem

from . import captions, download, playlists
from .cues import webvtt
from .film import Film
from .keys import KEYS, PACKAGING
from .track import LONGEST_SEGMENT, Track

PLAYLIST, MP4, VTT = "application/vnd.apple.mpegurl", "video/mp4", "text/vtt"
_FOREVER = "public, max-age=31536000, immutable"
_BRIEFLY = "public, max-age=1"
_NEWS_KEPT = (
    f"public, max-age={6 * LONGEST_SEGMENT}"  # an answer to _HLS_msn: whoever asks for the same gets the same
)
_NEVER = "no-store"
_PATIENCE = 3.0 * LONGEST_SEGMENT / 2  # s that a request waits for what is not there yet
_READY = 3.0  # s that a player waits for all renditions of a session that has just begun
_MEDIA = re.compile(r"(?P<track>[a-z]+(?:-[A-Za-z0-9_]+)?)/(?P<file>[^/]+)")
_FILE = re.compile(r"(?P<number>\d{1,9})(?:\.(?P<part>\d{1,4}))?\.(?:m4s|vtt)")
_INIT = re.compile(r"init-(\d{1,4})\.mp4")


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
    return web.json_response(answer, headers={"Cache-Control": _NEVER})


async def fetch(request: web.Request) -> web.StreamResponse:
    """GET /hls/{session_id}/{key}/{path}"""
    session_id, path = request.match_info["session_id"], request.match_info["path"]
    if not request.app[KEYS].fits(session_id, request.match_info["key"]):
        raise Problem(403, "NotAllowed", "The key in this address is for another session, or has run out.")
    film = await request.app[PACKAGING].film(session_id)
    if film is None:
        raise _absent()
    if whole := _WHOLE.get(path):
        return await whole(request, film)
    parts = _MEDIA.fullmatch(path)
    if parts is None:
        raise _absent()
    if parts["track"].startswith("captions-"):
        return _captions(request, film, parts["track"].removeprefix("captions-"), parts["file"])
    track = film.tracks.get(parts["track"])
    if track is None:
        raise _absent()
    return await _media(request, film, track, parts["file"])


async def _main(request: web.Request, film: Film) -> web.Response:
    packager = request.app[PACKAGING].packager(film.session_id)
    for _ in range(int(_READY / 0.05)):
        if packager is None or packager.is_ready or not packager.is_on:
            break
        await asyncio.sleep(0.05)
    text = playlists.main_playlist(film.tracks, "live", film.languages)
    return _playlist(request, text, _BRIEFLY)


async def _replay(request: web.Request, film: Film) -> web.Response:
    return _playlist(request, playlists.main_playlist(film.tracks, "whole", film.languages), _BRIEFLY)


async def _download(request: web.Request, film: Film) -> web.StreamResponse:
    if not download.chosen(film):
        raise _absent()
    name = f'attachment; filename="{film.session_id}.mp4"'
    response = web.StreamResponse(headers={"Content-Disposition": name, "Cache-Control": _NEVER})
    response.content_type = MP4
    await response.prepare(request)
    async for data in download.mp4(film):
        await response.write(data)
    return response


async def _news(request: web.Request, film: Film) -> web.Response:
    """The captions after the first `after`, as soon as there are some; without `after` only how many there are."""
    after = _number(request, "after")
    if after is None:
        after = len(film.live_cues)
    else:
        with suppress(TimeoutError):
            await asyncio.wait_for(film.wait_for_captions(after), 10.0)
    cues = [
        {"language": live.cue.language, "text": live.cue.text, "seconds": round(live.cue.end - live.cue.start, 3)}
        for live in film.live_cues[after:]
    ]
    return web.json_response({"cues": cues, "next": len(film.live_cues)}, headers={"Cache-Control": _NEVER})


_WHOLE: dict[str, Callable[[web.Request, Film], Awaitable[web.StreamResponse]]] = {
    "main.m3u8": _main,
    "replay.m3u8": _replay,
    "session.mp4": _download,
    "cues.json": _news,
}


async def _media(request: web.Request, film: Film, track: Track, file: str) -> web.Response:
    if file == "live.m3u8":
        return await _live(request, film, track)
    if file == "whole.m3u8":
        return _playlist(request, playlists.whole_playlist(track), _BRIEFLY)
    if (match := _INIT.fullmatch(file)) and int(match[1]) < len(track.descriptions):
        return _bytes(track.initialisation(int(match[1])))
    if (match := _FILE.fullmatch(file)) is None:
        raise _absent()
    number, part = int(match["number"]), int(match["part"]) if match["part"] else None
    if track.is_near(number, part):  # hinted: it is not there yet, and will be in a moment
        await _until(track, number, part)
    segment = track.segment(number)
    if segment is None or (part is None and not segment.complete):
        raise _absent()
    if part is None:
        try:
            return _bytes(await film.read(track, segment))
        except FileNotFoundError:
            raise _absent() from None
    if part >= len(segment.parts):
        raise _absent()
    return _bytes(segment.parts[part].data)


async def _live(request: web.Request, film: Film, track: Track) -> web.Response:
    """The playlist, as soon as it has the segment or part that is asked for (_HLS_msn, _HLS_part)."""
    number, part = _number(request, "_HLS_msn"), _number(request, "_HLS_part")
    if part is not None and number is None:
        raise Problem(400, "BadRequest", "_HLS_part needs _HLS_msn")
    if number is not None:
        if number > track.position[0] + 2:
            raise Problem(400, "BadRequest", "_HLS_msn is more than two segments ahead")
        await _until(track, number, part)
    skip = request.query.get("_HLS_skip") in ("YES", "v2")
    window = request.app[PACKAGING].settings.window
    text = playlists.live_playlist(track, window, film.tracks.values(), skip)
    return _playlist(request, text, _NEWS_KEPT if number is not None else _BRIEFLY)


async def _until(track: Track, number: int, part: int | None) -> None:
    try:
        await asyncio.wait_for(track.wait(number, part), _PATIENCE)
    except TimeoutError:
        raise Problem(503, "Unavailable", "Nothing new has come.", {"Retry-After": "1"}) from None


def _captions(request: web.Request, film: Film, language: str, file: str) -> web.Response:
    lead = film.lead
    if lead is None or language not in film.languages:
        raise _absent()
    if file == "live.m3u8":
        window = request.app[PACKAGING].settings.window
        return _playlist(request, playlists.captions_playlist(lead, window), _BRIEFLY)
    if file == "whole.m3u8":
        return _playlist(request, playlists.whole_captions_playlist(film.duration), _BRIEFLY)
    if file == "whole.vtt":
        return _text(request, webvtt(cue for cue in film.cues if cue.language == language), VTT, _BRIEFLY)
    match = _FILE.fullmatch(file)
    segment = lead.segment(int(match["number"])) if match else None
    if segment is None or not segment.complete:
        raise _absent()
    cues = [live.cue for live in film.live_cues if live.cue.language == language]
    return _text(request, webvtt(cues, segment.at, segment.at + segment.duration), VTT, _FOREVER)


def _number(request: web.Request, name: str) -> int | None:
    text = request.query.get(name)
    if text is None:
        return None
    if not text.isdecimal() or len(text) > 9:
        raise Problem(400, "BadRequest", f"{name} is a number")
    return int(text)


def _playlist(request: web.Request, text: str, keep: str) -> web.Response:
    return _text(request, text, PLAYLIST, keep)


def _text(request: web.Request, text: str, content_type: str, keep: str) -> web.Response:
    headers = {"Cache-Control": keep, "Vary": "Accept-Encoding", "Content-Type": content_type}
    body = text.encode()
    if "gzip" in request.headers.get("Accept-Encoding", "") and len(body) > 1_000:
        packer = zlib.compressobj(1, zlib.DEFLATED, 31)
        body, headers["Content-Encoding"] = packer.compress(body) + packer.flush(), "gzip"
    return web.Response(body=body, headers=headers)


def _bytes(data: bytes) -> web.Response:
    return web.Response(body=data, content_type=MP4, headers={"Cache-Control": _FOREVER})


def _absent() -> Problem:
    return Problem(404, "NotFound", "There is nothing at this address.", {"Cache-Control": _NEVER})


def routes() -> list[web.AbstractRouteDef]:
    """The routes of HLS."""
    return [
        web.get("/sessions/{session_id}/hls", describe),
        web.post("/sessions/{session_id}/captions", captions.take),
        web.get("/hls/{session_id}/{key}/{path:.+}", fetch),
    ]
