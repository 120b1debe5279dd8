"""The journal of a recording: one line of JSON for everything that was written, and how it is read again.

Bytes of a track go to its file first, then a line that acknowledges them. So whatever the journal names is there,
at whichever moment the node was killed; a torn last line, and bytes that no line names, are cut off.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .boxes import Description
from .cues import Cue
from .track import Segment

NAME = "journal.jsonl"


@dataclass
class Found:
    """What a journal says. The last segment of a track is complete with what it has."""

    numbers: dict[str, int] = field(default_factory=dict)
    descriptions: dict[str, list[Description]] = field(default_factory=dict)
    segments: dict[str, list[Segment]] = field(default_factory=dict)
    cues: list[Cue] = field(default_factory=list)
    ended: bool = False


def described(track: str, number: int, description: Description) -> bytes:
    """A track has this description from its next segment on."""
    entry = base64.b64encode(description.entry).decode()
    size = [description.width, description.height]
    return _line(
        {
            "track": track,
            "number": number,
            "codec": description.codec,
            "entry": entry,
            "timescale": description.timescale,
            "size": size,
        }
    )


def added(track: str, segment: Segment, size: int) -> bytes:
    """`size` bytes more are in the track's file. The first line of a segment says where and when it is."""
    line: dict[str, Any] = {
        "track": track,
        "segment": segment.number,
        "bytes": size,
        "duration": round(segment.duration, 6),
    }
    if len(segment.parts) == 1:
        line |= {
            "at": segment.at,
            "wall": segment.wall,
            "initialisation": segment.initialisation,
            "discontinuity": segment.discontinuity,
            "offset": segment.offset,
        }
    return _line(line)


def captioned(cue: Cue) -> bytes:
    """A cue came."""
    return _line({"cue": [cue.language, cue.start, cue.end, cue.text]})


def ended() -> bytes:
    """The session is over."""
    return _line({"ended": True})


def read(folder: Path) -> Found:
    """What the journal of this folder acknowledges; nothing when there is none. Changes no file."""
    found = Found()
    path = folder / NAME
    for line in (
        path.read_bytes().split(b"\n")[:-1] if path.exists() else ()
    ):  # a last line without its end is torn
        try:
            _take(found, json.loads(line))
        except (ValueError, KeyError, IndexError, TypeError):
            break  # a power failure may leave holes; what is before them is whole
    for name, segments in found.segments.items():
        _keep_what_is_there(segments, folder / f"{name}.m4s")
    return found


def repair(folder: Path, found: Found) -> None:
    """Cuts off what nobody acknowledged, so that the files can be appended to."""
    path = folder / NAME
    if not path.exists():
        return
    text = path.read_bytes()
    with path.open("r+b") as file:
        file.truncate(text.rfind(b"\n") + 1)
    for name, segments in found.segments.items():
        end = segments[-1].offset + segments[-1].size if segments else 0
        data = folder / f"{name}.m4s"
        if data.exists() and data.stat().st_size > end:
            with data.open("r+b") as file:
                file.truncate(end)


def _keep_what_is_there(segments: list[Segment], data: Path) -> None:
    size = data.stat().st_size if data.exists() else 0
    while segments and segments[-1].offset + segments[-1].size > size:
        del segments[-1]


def _take(found: Found, line: dict[str, Any]) -> None:
    if "ended" in line:
        found.ended = True
    elif "cue" in line:
        found.cues.append(Cue(*line["cue"]))
    elif "entry" in line:
        description = Description(
            line["codec"], base64.b64decode(line["entry"]), line["timescale"], line["size"][0], line["size"][1]
        )
        found.numbers[line["track"]] = line["number"]
        found.descriptions.setdefault(line["track"], []).append(description)
    else:
        segments = found.segments.setdefault(line["track"], [])
        if "at" in line:
            rest = {name: line[name] for name in ("at", "wall", "initialisation", "discontinuity", "offset")}
            segments.append(Segment(line["segment"], **rest, complete=True))
        segments[-1].size += line["bytes"]
        segments[-1].duration = line["duration"]


def _line(content: dict[str, Any]) -> bytes:
    return json.dumps(content, separators=(",", ":")).encode() + b"\n"
