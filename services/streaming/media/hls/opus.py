"""Opus as far as a container must know it (RFC 6716, 3.1; the encapsulation in ISO BMFF, 4.3)."""

from __future__ import annotations

import struct

RATE = 48_000  # samples per second, whatever the encoder works at
PRE_SKIP = 312  # samples: libopus' own look-ahead
_SIZES = [  # samples of one frame by the configuration number: SILK, hybrid, CELT
    *[480, 960, 1920, 2880] * 3,
    *[480, 960] * 2,
    *[120, 240, 480, 960] * 4,
]


def duration(packet: bytes) -> int:
    """How many samples a packet holds; 960 (20 ms) for one that does not say."""
    if not packet:
        return 960
    size, code = _SIZES[packet[0] >> 3], packet[0] & 3
    if code == 3:
        size *= packet[1] & 0x3F if len(packet) > 1 else 1
    elif code:
        size *= 2
    return min(size, 5760) or 960


def head(channels: int) -> bytes:
    """The identification header (RFC 7845, 5.1), as decoders take it."""
    return b"OpusHead" + struct.pack("<BBHIHB", 1, channels, PRE_SKIP, RATE, 0, 0)


def specific_box(channels: int) -> bytes:
    """The payload of `dOps`: the same, big endian."""
    return struct.pack(">BBHIHB", 0, channels, PRE_SKIP, RATE, 0, 0)
