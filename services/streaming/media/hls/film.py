"""What can be played of a session, live or recorded: its tracks, its captions, and where their bytes are."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from .cues import Cue
from .journal import Found
from .track import Segment, Track


@dataclass(frozen=True)
class LiveCue:
    """A cue as a live player gets it: one that comes late is shown from then on, for as long as it was meant."""

    cue: Cue
    wall: float


class Film:
    """The tracks of a session by name. `folder` holds the recorded bytes; None where nothing is recorded."""

    def __init__(self, session_id: str, folder: Path | None = None, found: Found | None = None) -> None:
        self.session_id, self.folder = session_id, folder
        self.tracks: dict[str, Track] = {}
        self.cues: list[Cue] = []
        self.live_cues: list[LiveCue] = []
        self.is_live = False
        self._captioned = asyncio.Event()
        for name, number in found.numbers.items() if found else ():
            track = self.tracks[name] = Track(name, number)
            track.resume(found.descriptions[name], found.segments.get(name, []))  # type: ignore[union-attr]
        self.cues += found.cues if found else []

    @property
    def lead(self) -> Track | None:
        """The track that gives the time: a picture where there is one."""
        with_content = [track for track in self.tracks.values() if track.segments]
        return min(with_content, key=lambda track: (track.number, track.name), default=None)

    @property
    def duration(self) -> float:
        """Seconds."""
        return max((track.end for track in self.tracks.values()), default=0.0)

    @property
    def languages(self) -> list[str]:
        """The languages of the captions."""
        return sorted({cue.language for cue in self.cues})

    def caption(self, cue: Cue, wall: float) -> None:
        """Adds a cue; `wall` is its start in unix seconds."""
        self.cues.append(cue)
        current = self.lead.segments[-1].at if self.lead else 0.0
        late = max(0.0, current - cue.start)
        self.live_cues.append(LiveCue(replace(cue, start=cue.start + late, end=cue.end + late), wall))
        captioned, self._captioned = self._captioned, asyncio.Event()
        captioned.set()

    async def wait_for_captions(self, known: int) -> None:
        """Returns when there are more than `known` of them."""
        while len(self.live_cues) <= known:
            await self._captioned.wait()

    async def read(self, track: Track, segment: Segment) -> bytes:
        """The bytes of a complete segment. Raises FileNotFoundError when they are not kept any more."""
        if segment.parts:
            return b"".join(part.data for part in segment.parts)
        if self.folder is None:
            raise FileNotFoundError(segment.number)
        path = self.folder / f"{track.name}.m4s"
        data = await asyncio.get_running_loop().run_in_executor(None, _read, path, segment.offset, segment.size)
        if len(data) < segment.size:
            raise FileNotFoundError(path.name)
        return data

    def in_order(self, tracks: Iterable[Track]) -> Iterator[tuple[Track, Segment]]:
        """The complete segments of several tracks as they follow in time."""
        pairs = [(track, segment) for track in tracks for segment in track.segments if segment.complete]
        return iter(sorted(pairs, key=lambda pair: (pair[1].at, pair[0].number, pair[1].number)))


def _read(path: Path, offset: int, size: int) -> bytes:
    with path.open("rb") as file:
        file.seek(offset)
        return file.read(size)
