"""Initialisation segments of fragmented MP4 (ISO/IEC 14496-12): what a player must know before the first frame."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import reduce

from . import opus
from .sps import read_sps

_MATRIX = struct.pack(">9L", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)


@dataclass(frozen=True)
class Description:
    """How the samples of a track are encoded. `entry` is its box in `stsd`, `codec` its name after RFC 6381."""

    codec: str
    entry: bytes
    timescale: int
    width: int = 0
    height: int = 0


def box(kind: bytes, *content: bytes) -> bytes:
    """A box of this kind."""
    body = b"".join(content)
    return struct.pack(">L4s", 8 + len(body), kind) + body


def full_box(kind: bytes, flags: int, *content: bytes, version: int = 0) -> bytes:
    """A box with a version and flags."""
    return box(kind, struct.pack(">L", version << 24 | flags), *content)


def h264(sps: bytes, pps: bytes) -> Description:
    """The description for these parameter sets. Raises ValueError when they cannot be read."""
    picture = read_sps(sps)
    record = b"\x01" + sps[1:4] + b"\xff\xe1" + struct.pack(">H", len(sps)) + sps
    record += b"\x01" + struct.pack(">H", len(pps)) + pps
    if sps[1] in (100, 110, 122, 144):
        record += b"\xfd\xf8\xf8\x00"  # 4:2:0, eight bits: what WebRTC has
    size = struct.pack(">HH", picture.width, picture.height)
    fixed = struct.pack(">6xH16x", 1) + size + struct.pack(">LLLH32xHh", 0x480000, 0x480000, 0, 1, 24, -1)
    entry = box(b"avc1", fixed, box(b"avcC", record))
    return Description(picture.codec, entry, 90_000, picture.width, picture.height)


def opus_audio(channels: int = 2) -> Description:
    """The description of Opus; WebRTC's is always able to be stereo."""
    entry = box(b"Opus", _audio_entry(channels), box(b"dOps", opus.specific_box(channels)))
    return Description("opus", entry, opus.RATE)


def aac_audio(configuration: bytes, channels: int = 2, rate: int = 48_000) -> Description:
    """The description of AAC-LC with the encoder's AudioSpecificConfig."""
    decoder = _descriptor(
        0x04, b"\x40\x15" + bytes(3) + struct.pack(">LL", 0, 0) + _descriptor(0x05, configuration)
    )
    whole = _descriptor(0x03, b"\x00\x00\x00" + decoder + _descriptor(0x06, b"\x02"))
    return Description("mp4a.40.2", box(b"mp4a", _audio_entry(channels), full_box(b"esds", 0, whole)), rate)


def _audio_entry(channels: int) -> bytes:
    return struct.pack(">6xH8xHHLL", 1, channels, 16, 0, 48_000 << 16)


def _descriptor(tag: int, content: bytes) -> bytes:
    return bytes([tag, len(content)]) + content


def initialisation(tracks: dict[int, list[Description]], duration: float = 0.0) -> bytes:
    """`ftyp` and `moov` for tracks by their id. A track that changed has several descriptions, in order.

    `duration` in seconds, where it is known.
    """
    header = full_box(b"mvhd", 0, struct.pack(">LLLLLHxx8x", 0, 0, 1000, 0, 0x10000, 0x100) + _MATRIX, bytes(24))
    header += struct.pack(">L", max(tracks) + 1)
    header = struct.pack(">L", len(header)) + header[4:]
    traks = [_trak(number, descriptions) for number, descriptions in tracks.items()]
    extends = [full_box(b"trex", 0, struct.pack(">LLLLL", number, 1, 0, 0, 0)) for number in tracks]
    if duration:
        extends.insert(0, full_box(b"mehd", 0, struct.pack(">L", int(duration * 1000))))
    brands = box(b"ftyp", b"iso6", struct.pack(">L", 1), b"iso6cmfcmp41")
    return brands + box(b"moov", header, *traks, box(b"mvex", *extends))


def _trak(number: int, descriptions: list[Description]) -> bytes:
    first, last = descriptions[0], reduce(lambda a, b: a if a.width >= b.width else b, descriptions)
    is_video = bool(first.width)
    size = struct.pack(">LL", last.width << 16, last.height << 16)
    volume = 0 if is_video else 0x100
    track = full_box(b"tkhd", 3, struct.pack(">LLLxxxxL8xHHHxx", 0, 0, number, 0, 0, 0, volume), _MATRIX, size)
    media = full_box(b"mdhd", 0, struct.pack(">LLLLHxx", 0, 0, first.timescale, 0, 0x55C4))
    kind, name = (b"vide", b"video\0") if is_video else (b"soun", b"audio\0")
    handler = full_box(b"hdlr", 0, bytes(4), kind, bytes(12), name)
    its_header = full_box(b"vmhd", 1, bytes(8)) if is_video else full_box(b"smhd", 0, bytes(4))
    data = box(b"dinf", full_box(b"dref", 0, struct.pack(">L", 1), full_box(b"url ", 1)))
    entries = full_box(b"stsd", 0, struct.pack(">L", len(descriptions)), *(d.entry for d in descriptions))
    empty = [full_box(kind, 0, bytes(4)) for kind in (b"stts", b"stsc", b"stco")]
    table = box(b"stbl", entries, *empty, full_box(b"stsz", 0, bytes(8)))
    return box(b"trak", track, box(b"mdia", media, handler, box(b"minf", its_header, data, table)))
