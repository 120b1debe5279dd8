"""Which codecs the node forwards, and how those of two clients are matched."""

from __future__ import annotations

from dataclasses import dataclass

from .offer import Codec, Section

_NAMES = {"opus": "opus", "vp8": "VP8", "h264": "H264"}


@dataclass(frozen=True)
class Format:
    """A codec in the terms of one client: its payload type there, and that of its retransmissions."""

    codec: Codec
    rtx: int | None = None

    @property
    def name(self) -> str:
        """The encoding name: opus, VP8 or H264."""
        return _NAMES[self.codec.name.lower()]


def known_formats(section: Section) -> list[Format]:
    """The formats of a section that the node can forward, in the client's order of preference."""
    retransmissions = {
        codec.parameters.get("apt"): codec.payload_type
        for codec in section.codecs.values()
        if codec.name.lower() == "rtx"
    }
    formats = []
    for text in section.formats:
        codec = section.codecs.get(int(text)) if text.isdecimal() and len(text) <= 3 else None
        if codec is not None and _is_forwarded(section.kind, codec):
            formats.append(Format(codec, retransmissions.get(str(codec.payload_type))))
    return formats


def matching(formats: list[Format], wanted: Format) -> Format | None:
    """The format to send `wanted` as: the same H264 profile where there is one, else any of the same codec."""
    same = [format_ for format_ in formats if format_.name == wanted.name]
    profile = _profile(wanted.codec)
    return next((format_ for format_ in same if _profile(format_.codec) == profile), same[0] if same else None)


def _is_forwarded(kind: str, codec: Codec) -> bool:
    name = codec.name.lower()
    if kind == "audio":
        return name == "opus" and codec.clock_rate == 48000
    if codec.clock_rate != 90000:
        return False
    # Packetisation mode 1 is what browsers and encoders send; mode 0 forbids the fragments that they make.
    return name == "vp8" or (name == "h264" and codec.parameters.get("packetization-mode") == "1")


def _profile(codec: Codec) -> str:
    """The profile part of H264's profile-level-id; the level does not matter to a decoder of the same profile."""
    return codec.parameters.get("profile-level-id", "")[:4].lower()
