"""Whatever comes in as RTP and RTCP: it is taken or refused, and what is kept of it has a bound."""

from __future__ import annotations

import contextlib
import struct
from types import SimpleNamespace

from aiortc.rtp import RtcpPacket
from hypothesis import given, settings
from hypothesis import strategies as st

from services.streaming.media import rtp
from services.streaming.media.fan import PythonFan
from services.streaming.media.keyframes import starts_key_frame
from services.streaming.media.publisher import Publisher
from services.streaming.media.sdp.answer import Agreed, Stream
from services.streaming.media.sdp.codecs import Format
from services.streaming.media.sdp.negotiation import MID, REPAIRED_RID, RID, TRANSPORT_CC
from services.streaming.media.sdp.offer import Codec, Section
from services.streaming.media.viewer import Viewer
from services.streaming.media.vp8 import note_numbers, numbers_of

VP8 = Format(Codec(96, "VP8", 90_000), rtx=97)
OPUS = Format(Codec(111, "opus", 48_000, 2))
EXTENSIONS = {MID: 1, RID: 2, REPAIRED_RID: 3, TRANSPORT_CC: 4}
REFUSALS = (ValueError, struct.error)  # what a peer counts as malformed
MOST = 2_000  # packets of a test

headers = st.builds(
    lambda first, kind, number, timestamp, ssrc: struct.pack("!BBHLL", first, kind, number, timestamp, ssrc),
    st.sampled_from([0x80, 0x90, 0xB0, 0x8F, 0xA0]),
    st.sampled_from([96, 97, 111, 96 | 0x80, 98]),
    st.integers(0, 0xFFFF),
    st.integers(0, 0xFFFFFFFF),
    st.integers(0, 5),
)
blocks = st.sampled_from([b"", b"\xbe\xde\x00\x01\x20l\x00\x00", b"\xbe\xde\x00\x02\x21zz\x41\x00\x07\x00\x00"])
datagrams = st.binary(max_size=1500) | st.builds(
    lambda head, block, body: head + block + body, headers, blocks, st.binary(max_size=80)
)
reports = st.builds(
    lambda count, kind, words, body: struct.pack("!BBH", 0x80 | count, kind, words) + body,
    st.integers(0, 31),
    st.integers(200, 206),
    st.integers(0, 20),
    st.binary(max_size=120),
)


class Wire:
    """Counts what would be sent."""

    def __init__(self):
        self.packets = 0

    def fan(self):
        return PythonFan(self)

    def add(self, *packet):
        self.packets += 1

    def flush(self):
        """Nothing waits."""


def a_publisher(on_source=lambda publisher, source: None):
    video = Agreed("recvonly", [VP8], EXTENSIONS, layers=("l", "h"))
    peer = SimpleNamespace(on_rtp=None, on_rtcp=None, send_rtcp=lambda data: None)
    return Publisher(peer, [video, Agreed("recvonly", [OPUS], EXTENSIONS)], on_source)


def a_viewer():
    peer = SimpleNamespace(on_rtcp=None, agent=SimpleNamespace(moved=None), send_rtcp=lambda data: None)
    section = Section(kind="video", profile="", formats=[], port=9, mid="1")
    viewer = Viewer(peer, {"video": (section, Agreed("sendonly", [VP8], {MID: 1}, (), Stream(7, "c", "s", 8)))})
    viewer.outlets["video"].connect(Wire(), None, lambda data: None)
    return viewer


@given(datagrams)
def test_any_datagram_is_read_or_refused(data):
    """No other error than those of bad input, and never more than what came in."""
    with contextlib.suppress(ValueError):
        packet = rtp.parse(data)
        assert len(packet.payload) <= len(data)


@given(st.binary(max_size=60))
def test_any_payload_is_looked_at_without_harm(payload):
    """Where a key frame begins, and VP8's numbers, are read within the payload."""
    packet = rtp.Packet(96, 1, 2, 3, payload)
    note_numbers(packet)
    assert max(packet.picture_at, packet.tl0_at) < len(payload)
    numbers_of(packet)
    for codec in ("VP8", "H264", "opus"):
        starts_key_frame(codec, payload)


@settings(max_examples=60)
@given(st.lists(datagrams, max_size=60))
def test_a_publisher_that_sends_anything_is_bounded(data):
    """Sources are one for each agreed stream and layer, whatever SSRCs, names and numbers there are."""
    viewer = a_viewer()
    publisher = a_publisher(lambda publisher, source: viewer.watch(source))
    for i, datagram in enumerate(data):
        with contextlib.suppress(*REFUSALS):
            publisher.rtp_received(datagram, i / 100)
        publisher.feed_back(i / 10)
    assert set(publisher.sources) <= {"audio", "video", "videol", "videoh"}
    assert len(publisher._layers) <= 64
    assert all(len(source.losses._missing) <= 512 for source in publisher.sources.values())


@settings(max_examples=100)
@given(st.lists(reports, max_size=20))
def test_rtcp_that_lies_moves_little(data):
    """Whatever a viewer reports: at most a few packets again, and nothing of another's."""
    publisher, viewer = a_publisher(lambda publisher, source: viewer.watch(source)), a_viewer()
    for number in range(50):
        payload = b"\x10" + (b"\x00" if not number else b"\x01") + b"frame"
        publisher.rtp_received(struct.pack("!BBHLL", 0x80, 96, number, 0, 9) + payload, 1.0)
    before = viewer.outlets["video"].sending.packets
    for datagram in data:
        with contextlib.suppress(*REFUSALS):
            packets = RtcpPacket.parse(datagram)
            viewer.rtcp_received(packets)
            publisher.rtcp_received(packets)
    viewer.choose()
    assert before == 50
    assert viewer.outlets["video"].sending.packets - before <= 128
    assert 0 <= viewer.lost <= 1


def test_a_viewer_who_asks_for_everything_again_gets_its_allowance():
    """Thousands of numbers in NACKs, true or not, are answered with 128 packets at a time."""
    publisher, viewer = a_publisher(lambda publisher, source: viewer.watch(source)), a_viewer()
    for number in range(MOST):
        publisher.rtp_received(struct.pack("!BBHLL", 0x80, 96, number, 0, 9) + b"\x10\x00key", 1.0)
    outlet = viewer.outlets["video"]
    viewer.sources["video"].resend(outlet, list(range(0x10000)))
    assert outlet.sending.packets == MOST + 128
