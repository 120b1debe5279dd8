"""RTP headers as the media node reads and writes them."""

from __future__ import annotations

import contextlib
import struct

import pytest
from aiortc.rtp import HeaderExtensionsMap, RtpPacket
from hypothesis import given
from hypothesis import strategies as st

from services.streaming.media import rtp


def test_reads_what_another_implementation_wrote():
    """Header fields and payload come out as aiortc put them in."""
    written = RtpPacket(payload_type=96, marker=1, sequence_number=65535, timestamp=7, ssrc=9, payload=b"abc")
    packet = rtp.parse(written.serialize(HeaderExtensionsMap()))
    assert (packet.payload_type, packet.marker, packet.sequence_number) == (96, True, 65535)
    assert (packet.timestamp, packet.ssrc, packet.payload) == (7, 9, b"abc")


def test_padding_is_no_payload():
    """Padding goes; a packet of nothing but padding is empty."""
    header = struct.pack("!BBHLL", 0xA0, 96, 1, 2, 3)
    assert rtp.parse(header + b"ab" + b"\0\0\3").payload == b"ab"
    assert rtp.parse(header + b"\0\0\3").payload == b""


@pytest.mark.parametrize(
    "elements", [{4: b"1"}, {1: b"x" * 16, 14: b"y"}, {200: b"long id"}, {3: b"z" * 40}, {2: b""}]
)
def test_extensions_survive_both_forms(elements):
    """Elements come back whether they fit one-byte headers or need two."""
    block = rtp.pack_extensions(elements)
    packet = rtp.parse(struct.pack("!BBHLL", 0x90, 96, 1, 2, 3) + block + b"payload")
    assert packet.extensions == elements
    assert packet.payload == b"payload"


def test_no_extensions_no_block():
    """Nothing to say takes no bytes."""
    assert rtp.pack_extensions({}) == b""


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x80" * 11,
        b"\x40" + bytes(11),  # version 1
        b"\x8f" + bytes(11),  # 15 contributing sources that are not there
        b"\x90" + bytes(11),  # an extension that is not there
        b"\x90" + bytes(11) + b"\xbe\xde\x00\x01\x4f\x00\x00\x00",  # an element longer than its block
        b"\xa0" + bytes(11) + b"\xff",  # more padding than packet
    ],
)
def test_refuses_what_does_not_add_up(data):
    """A header that lies about its lengths is a ValueError, nothing else."""
    with pytest.raises(ValueError, match=r"."):
        rtp.parse(data)


@given(st.binary(max_size=100))
def test_any_bytes_are_read_or_refused(data):
    """No input makes the parser fail in another way than ValueError."""
    with contextlib.suppress(ValueError):
        rtp.parse(data)


@given(st.integers(0, 1 << 40), st.integers(-20_000, 20_000))
def test_unrolling_finds_the_nearest(reference, distance):
    """A number near the reference is found across any wrap-around."""
    assert rtp.unroll((reference + distance) & 0xFFFF, reference) == reference + distance


def test_rtcp_is_told_from_rtp():
    """By the second byte (RFC 5761)."""
    assert rtp.is_rtcp(b"\x80\xc8")
    assert not rtp.is_rtcp(b"\x80\x60")
    assert not rtp.is_rtcp(b"\x80")
