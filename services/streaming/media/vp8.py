"""VP8's own numbers in its payload descriptor (RFC 7741, 4.2): they must go on when a viewer changes layers."""

from __future__ import annotations

from typing import NamedTuple

from .rtp import Packet


class Numbers(NamedTuple):
    """A picture id and a TL0PICIDX; those that a stream has not are 0."""

    picture: int
    tl0: int


class Descriptor(NamedTuple):
    """Where the numbers are in a payload (-1: nowhere), and where the frame itself begins."""

    picture_at: int
    tl0_at: int
    length: int


def read_descriptor(payload: bytes) -> Descriptor | None:
    """The descriptor at the beginning of a VP8 payload; None when the payload is too short for it."""
    if not payload:
        return None
    picture_at = tl0_at = -1
    position = 1
    if payload[0] & 0x80:  # X: an extension byte follows, and says what else does
        if len(payload) < 2:
            return None
        extension, position = payload[1], 2
        if extension & 0x80:  # I: a picture id of one byte or two
            if len(payload) < 3:
                return None
            picture_at = position
            position += 2 if payload[2] & 0x80 else 1
        if extension & 0x40:  # L: TL0PICIDX
            tl0_at = position
            position += 1
        if extension & 0x30:  # T or K: one byte for both
            position += 1
    return Descriptor(picture_at, tl0_at, position) if position < len(payload) else None


def note_numbers(packet: Packet) -> None:
    """Tells the packet where its numbers are."""
    if descriptor := read_descriptor(packet.payload):
        packet.picture_at, packet.tl0_at = descriptor.picture_at, descriptor.tl0_at


def numbers_of(packet: Packet) -> Numbers:
    """The numbers of a packet that `note_numbers` has seen."""
    payload, at = packet.payload, packet.picture_at
    picture = 0
    if at >= 0:
        long = payload[at] & 0x80
        picture = (payload[at] & 0x7F) << 8 | payload[at + 1] if long else payload[at]
    return Numbers(picture, payload[packet.tl0_at] if packet.tl0_at >= 0 else 0)


def shifted(packet: Packet, picture_offset: int, tl0_offset: int) -> bytes:
    """The payload with both numbers moved on, within their sizes."""
    payload = bytearray(packet.payload)
    at = packet.picture_at
    if at >= 0 and payload[at] & 0x80:
        number = ((payload[at] & 0x7F) << 8 | payload[at + 1]) + picture_offset
        payload[at : at + 2] = (0x8000 | number & 0x7FFF).to_bytes(2, "big")
    elif at >= 0:
        payload[at] = (payload[at] + picture_offset) & 0x7F
    if packet.tl0_at >= 0:
        payload[packet.tl0_at] = (payload[packet.tl0_at] + tl0_offset) & 0xFF
    return bytes(payload)
