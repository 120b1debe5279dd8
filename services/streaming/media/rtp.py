"""RTP on the wire (RFC 3550, RFC 8285): only what forwarding needs, and nothing decoded."""

from __future__ import annotations

import struct

HEADER_LENGTH = 12
ONE_BYTE_EXTENSIONS = 0xBEDE
TWO_BYTE_EXTENSIONS = 0x1000

_HEADER = struct.Struct("!BBHLL")
_EXTENSION_HEADER = struct.Struct("!HH")


class Packet:
    """One RTP packet of a publisher.

    `index` is the sequence number without wrap-around, given by the source that the packet belongs to. Padding
    is already gone: a packet that was nothing but padding has an empty `payload`. `picture_at` and `tl0_at` say
    where VP8's picture id and TL0PICIDX are in the payload, -1 where there are none.
    """

    __slots__ = (
        "extensions",
        "index",
        "marker",
        "payload",
        "payload_type",
        "picture_at",
        "sequence_number",
        "ssrc",
        "timestamp",
        "tl0_at",
    )

    def __init__(
        self,
        payload_type: int,
        sequence_number: int,
        timestamp: int,
        ssrc: int,
        payload: bytes,
        marker: bool = False,
        extensions: dict[int, bytes] | None = None,
    ) -> None:
        self.payload_type = payload_type
        self.sequence_number = sequence_number
        self.timestamp = timestamp
        self.ssrc = ssrc
        self.payload = payload
        self.marker = marker
        self.extensions = extensions or {}
        self.index = sequence_number
        self.picture_at = self.tl0_at = -1


def parse(data: bytes) -> Packet:
    """The packet in a decrypted datagram. Raises ValueError when the header does not fit the data."""
    if len(data) < HEADER_LENGTH:
        raise ValueError("shorter than an RTP header")
    first, second, sequence_number, timestamp, ssrc = _HEADER.unpack_from(data)
    if first >> 6 != 2:
        raise ValueError("not RTP version 2")
    start, end = HEADER_LENGTH + 4 * (first & 0x0F), len(data)
    extensions = None
    if first & 0x10:
        if end < start + 4:
            raise ValueError("header extension is truncated")
        profile, words = _EXTENSION_HEADER.unpack_from(data, start)
        start += 4
        extensions = parse_extensions(profile, data[start : start + 4 * words])
        start += 4 * words
    if first & 0x20:
        end -= data[-1]
    if start > end:
        raise ValueError("header and padding are longer than the packet")
    return Packet(
        second & 0x7F, sequence_number, timestamp, ssrc, data[start:end], bool(second & 0x80), extensions
    )


def parse_extensions(profile: int, data: bytes) -> dict[int, bytes]:
    """The header extension elements by their id (RFC 8285), of both forms; of an unknown profile, none."""
    elements: dict[int, bytes] = {}
    if profile == ONE_BYTE_EXTENSIONS:
        header = 1
    elif profile & 0xFFF0 == TWO_BYTE_EXTENSIONS:
        header = 2
    else:
        return elements
    position = 0
    while position < len(data):
        if data[position] == 0:  # padding between elements
            position += 1
            continue
        if header == 1:
            identifier, length = data[position] >> 4, (data[position] & 0x0F) + 1
            if identifier == 15:  # reserved: stop reading
                break
        else:
            if position + 1 >= len(data):
                raise ValueError("header extension element is truncated")
            identifier, length = data[position], data[position + 1]
        position += header
        if position + length > len(data):
            raise ValueError("header extension element is truncated")
        elements[identifier] = data[position : position + length]
        position += length
    return elements


def pack_extensions(elements: dict[int, bytes]) -> bytes:
    """A header extension block, its own header included; empty when there is nothing to say."""
    if not elements:
        return b""
    one_byte = all(0 < i < 15 and 0 < len(value) <= 16 for i, value in elements.items())
    if one_byte:
        body = b"".join(bytes([i << 4 | len(value) - 1]) + value for i, value in elements.items())
    else:
        body = b"".join(bytes([i, len(value)]) + value for i, value in elements.items())
    body += bytes(-len(body) % 4)
    profile = ONE_BYTE_EXTENSIONS if one_byte else TWO_BYTE_EXTENSIONS
    return _EXTENSION_HEADER.pack(profile, len(body) // 4) + body


def unroll(number: int, reference: int, bits: int = 16) -> int:
    """The value nearest to `reference` whose last `bits` bits are `number`: undoes the wrap-around."""
    half = 1 << (bits - 1)
    return reference + ((number - reference + half) & ((1 << bits) - 1)) - half


def is_rtcp(data: bytes) -> bool:
    """Whether a datagram of the RTP range is RTCP (RFC 5761)."""
    return len(data) > 1 and 192 <= data[1] <= 223
