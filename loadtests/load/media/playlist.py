"""What a player needs to read of an LL-HLS media playlist (draft-pantos-hls-rfc8216bis)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

_PART = re.compile(r'#EXT-X-PART:DURATION=([\d.]+),URI="([^"]+)"')


@dataclass(frozen=True)
class Part:
    """One part: where it is, and when what is in it ended (Unix seconds)."""

    uri: str
    ended: float


@dataclass(frozen=True)
class Live:
    """The parts of a live playlist in order, and the number of the segment and part that come next."""

    parts: tuple[Part, ...]
    next_segment: int
    next_part: int


def read(text: str) -> Live:
    """Read a live playlist. Part times follow from the segments' program date-times."""
    parts: list[Part] = []
    segment, part, at = 0, 0, 0.0
    for line in text.splitlines():
        if line.startswith("#EXT-X-MEDIA-SEQUENCE:"):
            segment = int(line.partition(":")[2])
        elif line.startswith("#EXT-X-SKIP:SKIPPED-SEGMENTS="):
            segment += int(line.partition("=")[2].partition(",")[0])
        elif line.startswith("#EXT-X-PROGRAM-DATE-TIME:"):
            at = datetime.fromisoformat(line.partition(":")[2]).timestamp()
        elif found := _PART.match(line):
            at, part = at + float(found[1]), part + 1
            parts.append(Part(found[2], at))
        elif line and not line.startswith("#"):
            segment, part = segment + 1, 0
    return Live(tuple(parts), segment, part)


def best_picture(text: str) -> str:
    """The address of the first variant of a multivariant playlist."""
    lines = text.splitlines()
    return next(uri for tag, uri in pairwise(lines) if tag.startswith("#EXT-X-STREAM-INF"))
