"""Media fragments of MP4: `moof` and `mdat` of one part, one track each (ISO/IEC 14496-12, 8.8)."""

from __future__ import annotations

import struct
from dataclasses import dataclass

_KEY, _DELTA = 0x02000000, 0x01010000  # sample flags: depends on nothing; depends on others, not a sync sample
_RUN = 0x000701  # data offset; durations, sizes and flags of samples
_BASE_IS_MOOF, _WITH_DESCRIPTION = 0x020000, 0x000002
_FIXED = 8 + 16 + 8 + 20 + 20 + 20  # bytes of moof, mfhd, traf, tfhd, tfdt and of trun without its samples
_SEQUENCE_AT, _TRACK_AT, _DESCRIPTION_AT = 8 + 12, 8 + 16 + 8 + 12, 8 + 16 + 8 + 16


@dataclass(frozen=True)
class Sample:
    """One frame of a track. `time` and `duration` in the track's timescale."""

    time: int
    duration: int
    data: bytes
    key: bool = True


def fragment(track: int, sequence: int, samples: list[Sample]) -> bytes:
    """The fragment of these samples, which follow one another, by the first description of their track."""
    rows = b"".join(struct.pack(">LLL", s.duration, len(s.data), _KEY if s.key else _DELTA) for s in samples)
    moof = _FIXED + len(rows)
    head = struct.pack(
        ">L4sL4sLLL4sL4sLLLL4sLQL4sLLL",
        *(moof, b"moof"),
        *(16, b"mfhd", 0, sequence),
        *(moof - 24, b"traf"),
        *(20, b"tfhd", _BASE_IS_MOOF | _WITH_DESCRIPTION, track, 1),
        *(20, b"tfdt", 1 << 24, samples[0].time),
        *(20 + len(rows), b"trun", _RUN, len(samples), moof + 8),
    )
    payload = b"".join(s.data for s in samples)
    return head + rows + struct.pack(">L4s", 8 + len(payload), b"mdat") + payload


def renumbered(data: bytes, sequence: int, track: int, description: int) -> tuple[bytes, int]:
    """Fragments of ours, as they are to stand in a file of several tracks; and the sequence number after them.

    `data` holds whole fragments, one after another. Only numbers in their heads change.
    """
    changed, position = bytearray(data), 0
    while position + 8 <= len(changed):
        (moof,) = struct.unpack_from(">L", changed, position)
        (mdat,) = struct.unpack_from(">L", changed, position + moof)
        struct.pack_into(">L", changed, position + _SEQUENCE_AT, sequence)
        struct.pack_into(">L", changed, position + _TRACK_AT, track)
        struct.pack_into(">L", changed, position + _DESCRIPTION_AT, description)
        position += moof + mdat
        sequence += 1
    return bytes(changed), sequence
