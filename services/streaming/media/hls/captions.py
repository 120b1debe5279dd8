"""Captions as they come in over HTTP: who may send them, and what they must look like."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Annotated

import msgspec
from aiohttp import web

from services.streaming.media.exchange import CAPABILITIES
from services.streaming.media.problems import Problem

from .keys import PACKAGING

_LONGEST = 30.0  # s that a cue may be shown
_SHORTEST = 1.5
_READING = 0.065  # s for a character, where the sender does not say how long
_AGE = 3600.0  # s: what was said longer ago is no caption of a live session
_LARGEST_BODY = 64 * 1024


class GivenCue(msgspec.Struct, forbid_unknown_fields=True):
    """Words, and when they were said (RFC 3339); from now on, for as long as reading takes, where that is open."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
    start: datetime | None = None
    end: datetime | None = None


class GivenCaptions(msgspec.Struct, forbid_unknown_fields=True):
    """Cues in one language (BCP 47)."""

    language: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$")]
    cues: Annotated[list[GivenCue], msgspec.Meta(min_length=1, max_length=50)]


async def take(request: web.Request) -> web.Response:
    """POST /sessions/{session_id}/captions"""
    session_id = request.match_info["session_id"]
    request.app[CAPABILITIES].check(request.headers.get("Authorization", ""), session_id, "publish")
    packager = request.app[PACKAGING].packager(session_id)
    if packager is None or packager.film.lead is None:
        raise Problem(409, "StageEmpty", "Nobody publishes in this session yet.", {"Retry-After": "1"})
    given = _decoded(await request.read())
    now = time.time()
    for start, end, text in [_timed(cue, now) for cue in given.cues]:
        packager.caption(given.language, start, end, text)
    return web.json_response({"accepted": len(given.cues)}, status=202)


def _decoded(body: bytes) -> GivenCaptions:
    if len(body) > _LARGEST_BODY:
        raise Problem(413, "BodyTooLarge", "captions have at most 64 KiB")
    try:
        return msgspec.json.decode(body, type=GivenCaptions)
    except msgspec.ValidationError as error:
        raise Problem(422, "InvalidInput", str(error)) from error
    except msgspec.DecodeError as error:
        raise Problem(400, "MalformedJson", "The body is not valid JSON.") from error


def _timed(cue: GivenCue, now: float) -> tuple[float, float, str]:
    """Start and end in unix seconds, and the words."""
    start = _unix(cue.start, now)
    end = _unix(cue.end, start + max(_SHORTEST, _READING * len(cue.text)))
    if not 0 < end - start <= _LONGEST or abs(start - now) > _AGE:
        raise Problem(422, "InvalidInput", "a cue ends within 30 s of its start, and starts within an hour of now")
    return start, end, cue.text


def _unix(moment: datetime | None, otherwise: float) -> float:
    if moment is None:
        return otherwise
    if moment.tzinfo is None:
        raise Problem(422, "InvalidInput", "times are RFC 3339 with an offset, such as 2026-11-24T10:00:00Z")
    return moment.timestamp()
