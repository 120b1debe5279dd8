"""A recording as one MP4 file: its fragments, one after another, behind one description. Nothing is encoded."""

from __future__ import annotations

from collections.abc import AsyncIterator

from .boxes import initialisation
from .film import Film
from .fragments import renumbered
from .track import Track


def chosen(film: Film) -> list[Track]:
    """The best picture, and the sound that most players know."""
    tracks = [track for track in film.tracks.values() if any(segment.complete for segment in track.segments)]
    videos = [track for track in tracks if track.name.startswith("video")]
    sounds = [track for name in ("aac", "opus") for track in tracks if track.name == name]
    best = max(videos, key=lambda track: track.descriptions[-1].width, default=None)
    return [*([best] if best else []), *sounds[:1]]


async def mp4(film: Film) -> AsyncIterator[bytes]:
    """The file, a segment at a time. Raises FileNotFoundError when a recording is deleted meanwhile."""
    tracks = chosen(film)
    numbers = {track.name: number for number, track in enumerate(tracks, start=1)}
    described = {numbers[track.name]: track.descriptions for track in tracks}
    yield initialisation(described, max(track.end for track in tracks))
    sequence = 1
    for track, segment in film.in_order(tracks):
        data = await film.read(track, segment)
        changed, sequence = renumbered(data, sequence, numbers[track.name], segment.initialisation + 1)
        yield changed
