"""Where a key frame begins, read from the payload's own headers. Nothing is decoded."""

from __future__ import annotations

from .vp8 import read_descriptor

_IDR, _SPS, _STAP_A, _FU_A = 5, 7, 24, 28


def starts_key_frame(codec: str, payload: bytes) -> bool:
    """Whether a decoder can begin with the packet of this payload. `codec` is the encoding name: "VP8", "H264"."""
    if codec == "VP8":
        return _starts_vp8_key_frame(payload)
    if codec == "H264":
        return _starts_h264_key_frame(payload)
    return True  # audio: any packet will do


def _starts_vp8_key_frame(payload: bytes) -> bool:
    """RFC 7741: first partition, first packet, and the inverse key frame bit of the frame header clear."""
    if not payload or payload[0] & 0x17 != 0x10:  # S set, partition index zero
        return False
    descriptor = read_descriptor(payload)
    return descriptor is not None and not payload[descriptor.length] & 0x01


def _starts_h264_key_frame(payload: bytes) -> bool:
    """RFC 6184: a parameter set, or the beginning of an IDR picture, alone, aggregated or fragmented."""
    if not payload:
        return False
    kind = payload[0] & 0x1F
    if kind == _STAP_A:
        return any(unit in (_IDR, _SPS) for unit in _aggregated_kinds(payload))
    if kind == _FU_A:
        return len(payload) > 1 and bool(payload[1] & 0x80) and payload[1] & 0x1F in (_IDR, _SPS)
    return kind in (_IDR, _SPS)


def _aggregated_kinds(payload: bytes) -> list[int]:
    """The NAL unit types in a STAP-A, as far as its lengths hold."""
    kinds, position = [], 1
    while position + 2 < len(payload):
        kinds.append(payload[position + 2] & 0x1F)
        position += 2 + int.from_bytes(payload[position : position + 2], "big")
    return kinds
