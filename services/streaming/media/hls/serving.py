"""The files of a session: playlists that wait until they have something new, and segments that never change."""

from __future__ import annotations

import asyncio
import re
import zlib

from aiohttp import web

from services.streaming.media.problems import Problem

from . import playlists
from .cues import webvtt
from .film import Film
from .keys import PACKAGING
from .track import LONGEST_SEGMENT, Track

PLAYLIST, MP4, VTT = "application/vnd.apple.mpegurl", "video/mp4", "text/vtt"
_FOREVER = "public, max-age=31536000, immutable"
BRIEFLY = "public, max-age=1"
_NEWS_KEPT = f"public, max-age={6 * LONGEST_SEGMENT}"  # an answer to _HLS_msn is the same for all
NEVER = "no-store"
_PATIENCE = 3.0 * LONGEST_SEGMENT / 2  # s that a request waits for what is not there yet
_FILE = re.compile(r"(?P<number>\d{1,9})(?:\.(?P<part>\d{1,4}))?\.(?:m4s|vtt)")
_INIT = re.compile(r"init-(\d{1,4})\.mp4")


async def serve_media(request: web.Request, film: Film, track: Track, file: str) -> web.Response:
    """A file of one track: its playlists, descriptions, segments and parts."""
    if file == "live.m3u8":
        return await _live(request, film, track)
    if file == "whole.m3u8":
        return playlist(request, playlists.whole_playlist(track), BRIEFLY)
    if (match := _INIT.fullmatch(file)) and int(match[1]) < len(track.descriptions):
        return _bytes(track.initialisation(int(match[1])))
    if (match := _FILE.fullmatch(file)) is None:
        raise absent()
    number, part = int(match["number"]), int(match["part"]) if match["part"] else None
    if track.is_near(number, part):  # hinted: it is not there yet, and will be in a moment
        await _until(track, number, part)
    segment = track.segment(number)
    if segment is None or (part is None and not segment.complete):
        raise absent()
    if part is None:
        try:
            return _bytes(await film.read(track, segment))
        except FileNotFoundError:
            raise absent() from None
    if part >= len(segment.parts):
        raise absent()
    return _bytes(segment.parts[part].data)


async def _live(request: web.Request, film: Film, track: Track) -> web.Response:
    """The playlist, as soon as it has the segment or part that is asked for (_HLS_msn, _HLS_part)."""
    number, part = number_in(request, "_HLS_msn"), number_in(request, "_HLS_part")
    if part is not None and number is None:
        raise Problem(400, "BadRequest", "_HLS_part needs _HLS_msn")
    if number is not None:
        if number > track.position[0] + 2:
            raise Problem(400, "BadRequest", "_HLS_msn is more than two segments ahead")
        await _until(track, number, part)
    skip = request.query.get("_HLS_skip") in ("YES", "v2")
    window = request.app[PACKAGING].settings.window
    text = playlists.live_playlist(track, window, film.tracks.values(), skip)
    return playlist(request, text, _NEWS_KEPT if number is not None else BRIEFLY)


async def _until(track: Track, number: int, part: int | None) -> None:
    try:
        await asyncio.wait_for(track.wait(number, part), _PATIENCE)
    except TimeoutError:
        raise Problem(503, "Unavailable", "Nothing new has come.", {"Retry-After": "1"}) from None


def serve_captions(request: web.Request, film: Film, language: str, file: str) -> web.Response:
    """A file of the captions in one language."""
    lead = film.lead
    if lead is None or language not in film.languages:
        raise absent()
    if file == "live.m3u8":
        window = request.app[PACKAGING].settings.window
        return playlist(request, playlists.captions_playlist(lead, window), BRIEFLY)
    if file == "whole.m3u8":
        return playlist(request, playlists.whole_captions_playlist(film.duration), BRIEFLY)
    if file == "whole.vtt":
        return _text(request, webvtt(cue for cue in film.cues if cue.language == language), VTT, BRIEFLY)
    match = _FILE.fullmatch(file)
    segment = lead.segment(int(match["number"])) if match else None
    if segment is None or not segment.complete:
        raise absent()
    cues = [live.cue for live in film.live_cues if live.cue.language == language]
    return _text(request, webvtt(cues, segment.at, segment.at + segment.duration), VTT, _FOREVER)


def number_in(request: web.Request, name: str) -> int | None:
    """A number of the query; None where it is not given. Raises `Problem` for anything else."""
    text = request.query.get(name)
    if text is None:
        return None
    if not text.isdecimal() or len(text) > 9:
        raise Problem(400, "BadRequest", f"{name} is a number")
    return int(text)


def playlist(request: web.Request, text: str, keep: str) -> web.Response:
    """A playlist that may be kept as `keep` says."""
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


def absent() -> Problem:
    """There is no such file; that is not to be remembered, since there may be one soon."""
    return Problem(404, "NotFound", "There is nothing at this address.", {"Cache-Control": NEVER})
