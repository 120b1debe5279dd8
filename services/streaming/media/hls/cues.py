"""Captions: cues on the timeline of a session, and their WebVTT (W3C; RFC 8216, 3.5)."""

from __future__ import annotations

import html
from collections.abc import Iterable
from dataclasses import dataclass

_MAP = "X-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0"


@dataclass(frozen=True)
class Cue:
    """Words that are shown from `start` to `end` (s on the timeline). `language` as in BCP 47."""

    language: str
    start: float
    end: float
    text: str


def webvtt(cues: Iterable[Cue], start: float = 0.0, end: float = float("inf")) -> str:
    """The cues that are shown at some time between `start` and `end`. Nothing in them is taken for markup."""
    blocks = [
        f"{_time(cue.start)} --> {_time(cue.end)}\n{_escaped(cue.text)}\n"
        for cue in sorted(cues, key=lambda cue: cue.start)
        if cue.start < end and cue.end > start
    ]
    return "\n".join([f"WEBVTT\n{_MAP}\n", *blocks])


def _escaped(text: str) -> str:
    """One line stays one line: an empty one would end the cue."""
    lines = [line.strip() for line in text.splitlines()]
    return html.escape("\n".join(line for line in lines if line), quote=False)


def _time(seconds: float) -> str:
    milliseconds = max(0, round(seconds * 1000))
    hours, rest = divmod(milliseconds, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    return f"{hours:02}:{minutes:02}:{rest // 1000:02}.{rest % 1000:03}"
