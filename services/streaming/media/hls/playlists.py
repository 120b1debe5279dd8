"""Playlists of HLS (RFC 8216, and its second edition for low latency) as text. Pure: from tracks to lines.

Addresses are relative to the playlist, so that a proxy or a CDN may put anything before them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from .track import LONGEST_SEGMENT, PART_TARGET, Part, Segment, Track

PART_HOLD_BACK = 3 * PART_TARGET
SKIP_UNTIL = 6 * LONGEST_SEGMENT  # s from the end; what is older may be left out of an update
_WITH_PARTS = 3 * LONGEST_SEGMENT  # s from the end within which parts are listed
_MEDIA = '#EXT-X-MEDIA:TYPE={},GROUP-ID="{}",NAME="{}",LANGUAGE="{}",AUTOSELECT=YES,DEFAULT={},URI="{}"'


def main_playlist(tracks: dict[str, Track], leaf: str, captions: Sequence[str] = ()) -> str:
    """The multivariant playlist: every video with every sound, and the sound alone. `leaf` is live or whole.

    `captions` are the languages of captions. Bandwidths are peaks so far, with a margin for what comes.
    """
    videos = sorted(
        (t for t in tracks.values() if t.name.startswith("video") and t.segments), key=lambda t: -_width(t)
    )
    sounds: list[Track | None] = [t for name in ("opus", "aac") if (t := tracks.get(name)) and t.segments]
    lines = ["#EXTM3U", "#EXT-X-VERSION:9"]
    lines += [_MEDIA.format("AUDIO", t.name, t.name, "und", "YES", f"{t.name}/{leaf}.m3u8") for t in sounds if t]
    lines += [
        _MEDIA.format("SUBTITLES", "captions", code, code, "NO", f"captions-{code}/{leaf}.m3u8")
        for code in captions
    ]
    for video in videos:
        for sound in sounds or [None]:
            lines += _variant(video, sound, leaf, bool(captions))
    for sound in sounds:
        lines += _variant(None, sound, leaf, bool(captions))
    return _text(lines)


def _variant(video: Track | None, sound: Track | None, leaf: str, captions: bool) -> list[str]:
    """One way to play: a picture, a sound, or both."""
    both = [track for track in (video, sound) if track]
    codecs = ",".join(track.descriptions[-1].codec for track in both)
    words = [f"BANDWIDTH={sum(map(_peak, both))}", f'CODECS="{codecs}"']
    if video:
        words.append(f"RESOLUTION={video.descriptions[-1].width}x{video.descriptions[-1].height}")
    if sound:
        words.append(f'AUDIO="{sound.name}"')
    if captions:
        words.append('SUBTITLES="captions"')
    return [f"#EXT-X-STREAM-INF:{','.join(words)}", f"{both[0].name}/{leaf}.m3u8"]


def live_playlist(track: Track, window: float, others: Iterable[Track] = (), skip: bool = False) -> str:
    """The last `window` seconds, parts of the newest, and what comes next; `skip` leaves out what a player has."""
    segments = [s for s in track.segments if s.at + s.duration > track.end - window]
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:9",
        f"#EXT-X-TARGETDURATION:{LONGEST_SEGMENT}",
        f"#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK={PART_HOLD_BACK:.3f},"
        f"CAN-SKIP-UNTIL={SKIP_UNTIL:.1f}",
        f"#EXT-X-PART-INF:PART-TARGET={PART_TARGET}",
        f"#EXT-X-MEDIA-SEQUENCE:{segments[0].number if segments else 0}",
        f"#EXT-X-DISCONTINUITY-SEQUENCE:{_discontinuities(track, segments)}",
    ]
    skipped = sum(s.at + s.duration < track.end - SKIP_UNTIL for s in segments) if skip else 0
    if skipped:
        lines.append(f"#EXT-X-SKIP:SKIPPED-SEGMENTS={skipped}")
    previous = segments[skipped - 1].initialisation if skipped else None
    for segment in segments[skipped:]:
        lines += _segment(segment, previous, segment.at + segment.duration > track.end - _WITH_PARTS)
        previous = segment.initialisation
    number, part = track.position
    lines.append(f'#EXT-X-PRELOAD-HINT:TYPE=PART,URI="{number}.{part}.m4s"')
    lines += [_report(other) for other in others if other is not track and other.segments]
    return _text(lines)


def whole_playlist(track: Track) -> str:
    """Everything, complete: for replay."""
    segments = [segment for segment in track.segments if segment.complete]
    longest = max((round(s.duration) for s in segments), default=LONGEST_SEGMENT)
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:9",
        f"#EXT-X-TARGETDURATION:{max(longest, 1)}",
        f"#EXT-X-MEDIA-SEQUENCE:{segments[0].number if segments else 0}",
        f"#EXT-X-DISCONTINUITY-SEQUENCE:{_discontinuities(track, segments)}",
        "#EXT-X-PLAYLIST-TYPE:VOD",
    ]
    previous = None
    for segment in segments:
        lines += _segment(segment, previous, with_parts=False)
        previous = segment.initialisation
    return _text([*lines, "#EXT-X-ENDLIST"])


def captions_playlist(lead: Track, window: float) -> str:
    """Captions of a live session, in the segments of the track that gives the time."""
    segments = [s for s in lead.segments if s.complete and s.at + s.duration > lead.end - window]
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:9",
        f"#EXT-X-TARGETDURATION:{LONGEST_SEGMENT}",
        f"#EXT-X-MEDIA-SEQUENCE:{segments[0].number if segments else 0}",
        f"#EXT-X-DISCONTINUITY-SEQUENCE:{_discontinuities(lead, segments)}",
    ]
    for segment in segments:
        lines += ["#EXT-X-DISCONTINUITY"] if segment.discontinuity else []
        lines.append(f"#EXT-X-PROGRAM-DATE-TIME:{date_time(segment.wall)}")
        lines += [f"#EXTINF:{segment.duration:.5f},", f"{segment.number}.vtt"]
    return _text(lines)


def whole_captions_playlist(duration: float) -> str:
    """All captions in one file."""
    target = max(1, round(duration))
    head = ["#EXTM3U", "#EXT-X-VERSION:9", f"#EXT-X-TARGETDURATION:{target}", "#EXT-X-PLAYLIST-TYPE:VOD"]
    return _text([*head, f"#EXTINF:{duration:.5f},", "whole.vtt", "#EXT-X-ENDLIST"])


def _segment(segment: Segment, previous: int | None, with_parts: bool) -> list[str]:
    lines = ["#EXT-X-DISCONTINUITY"] if segment.discontinuity else []
    if segment.initialisation != previous:
        lines.append(f'#EXT-X-MAP:URI="init-{segment.initialisation}.mp4"')
    lines.append(f"#EXT-X-PROGRAM-DATE-TIME:{date_time(segment.wall)}")
    if with_parts:
        lines += [_part(segment, i, part) for i, part in enumerate(segment.parts)]
    if segment.complete:
        lines += [f"#EXTINF:{segment.duration:.5f},", f"{segment.number}.m4s"]
    return lines


def _part(segment: Segment, index: int, part: Part) -> str:
    independent = ",INDEPENDENT=YES" if part.independent else ""
    return f'#EXT-X-PART:DURATION={part.duration:.5f},URI="{segment.number}.{index}.m4s"{independent}'


def _report(track: Track) -> str:
    """How far another rendition is, so that a player may change to it without asking first."""
    number, part = track.position
    if part == 0:
        number, part = number - 1, len(track.segments[-1].parts)
    return (
        f'#EXT-X-RENDITION-REPORT:URI="../{track.name}/live.m3u8",LAST-MSN={number},LAST-PART={max(0, part - 1)}'
    )


def _discontinuities(track: Track, shown: Sequence[Segment]) -> int:
    """How many went before those that are shown."""
    if not shown:
        return 0
    return track.forgotten_discontinuities + sum(
        s.discontinuity for s in track.segments if s.number < shown[0].number
    )


def date_time(wall: float) -> str:
    """RFC 3339 in UTC with milliseconds, of unix seconds."""
    return datetime.fromtimestamp(wall, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _width(track: Track) -> int:
    return track.descriptions[-1].width


def _peak(track: Track) -> int:
    """Bits per second that a player must be ready for: the most so far, with a margin for what comes."""
    newest = track.segments[-1]
    return int(1.25 * max(track.bitrate, newest.size * 8 / max(newest.duration, PART_TARGET)))


def _text(lines: Sequence[str]) -> str:
    return "\n".join(lines) + "\n"
