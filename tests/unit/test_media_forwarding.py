"""What a viewer's numbers look like, whatever the publisher's do."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import pytest
from aiortc.rtp import RtcpPacket, RtcpSenderInfo

from services.streaming.media.fan import PythonFan
from services.streaming.media.forwarding import Source
from services.streaming.media.outlet import Outlet
from services.streaming.media.rtp import Packet, parse_extensions
from services.streaming.media.sdp.codecs import Format
from services.streaming.media.sdp.offer import Codec

KEY, DELTA = b"\x10\x00 key", b"\x10\x01 delta"
VP8 = Format(Codec(96, "VP8", 90_000))
H264 = Format(Codec(102, "H264", 90_000))


@dataclass
class Sent:
    """One packet as the batch would protect it."""

    payload_type: int
    marker: bool
    number: int
    timestamp: int
    ssrc: int
    body: bytes
    has_extension: bool


class FakeBatch:
    """Keeps what it should send, and counts the system calls that would be made."""

    def __init__(self) -> None:
        self.sent: list[Sent] = []
        self.flushes = 0

    def fan(self) -> PythonFan:
        return PythonFan(self)

    def add(
        self, target: Any, first: int, second: int, index: int, timestamp: int, ssrc: int, body: bytes
    ) -> None:
        extension, number = bool(first & 0x10), index & 0xFFFF
        self.sent.append(Sent(second & 0x7F, bool(second & 0x80), number, timestamp, ssrc, body, extension))

    def flush(self) -> None:
        self.flushes += 1


class Clock:
    """A clock that the test moves."""

    now = 50.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def source(clock: Clock) -> Source:
    return Source("video", VP8, ssrc=1, clock=clock)


def an_outlet(formats=(VP8,), rtx_ssrc=None, mid=b"", rtcp=None):
    """A connected outlet. What it sends as RTCP is added to `rtcp`."""
    outlet = Outlet(0xABC, rtx_ssrc, list(formats), {4: mid} if mid else {})
    outlet.connect(FakeBatch(), None, (rtcp if rtcp is not None else []).append)
    return outlet


def sent(outlet) -> list[Sent]:
    return outlet.sending.sent


def a_packet(number: int, payload: bytes = DELTA, timestamp: int = 0, marker: bool = False) -> Packet:
    return Packet(96, number & 0xFFFF, timestamp & 0xFFFFFFFF, 1, payload, marker)


def feed(source, *packets):
    for packet in packets:
        source.receive(packet)


def test_video_waits_for_a_key_frame(source):
    """Nothing goes to a viewer before a packet that a decoder can begin with, and a key frame is asked for."""
    outlet = an_outlet()
    source.attach(outlet)
    feed(source, a_packet(1), a_packet(2))
    assert sent(outlet) == []
    assert source.key_frames.due(now=1.0)
    feed(source, a_packet(3, KEY), a_packet(4))
    assert [p.body for p in sent(outlet)] == [KEY, DELTA]


def test_audio_begins_at_once(clock):
    """Audio waits for nothing."""
    opus = Format(Codec(111, "opus", 48_000, 2))
    source, outlet = Source("audio", opus, 1, clock), an_outlet((opus,))
    source.attach(outlet)
    feed(source, a_packet(1, b"\xfc"))
    assert len(sent(outlet)) == 1


def test_numbers_go_on_over_the_wrap_around(source):
    """A publisher's numbers and timestamps that wrap around stay in step at the viewer."""
    outlet = an_outlet()
    source.attach(outlet)
    numbers, first = range(65_530, 65_550), 0xFFFF_FF00
    feed(source, *(a_packet(n, KEY, timestamp=first + 3000 * i) for i, n in enumerate(numbers)))
    start = sent(outlet)[0]
    assert [p.number for p in sent(outlet)] == [(start.number + i) & 0xFFFF for i in range(20)]
    steps = [(p.timestamp - start.timestamp) & 0xFFFFFFFF for p in sent(outlet)]
    assert steps == [3000 * i for i in range(20)]


def test_header_is_rewritten_for_each_viewer(source):
    """SSRC, payload type and mid are the viewer's own; marker and payload the publisher's."""
    theirs = Format(Codec(120, "VP8", 90_000))
    outlet, other = an_outlet((theirs,), mid=b"v1"), an_outlet()
    for each in (outlet, other):
        source.attach(each)
    feed(source, a_packet(1, KEY, marker=True))
    packet = sent(outlet)[0]
    assert (packet.ssrc, packet.payload_type, packet.marker) == (0xABC, 120, True)
    assert packet.has_extension
    assert parse_extensions(0xBEDE, packet.body[4:8]) == {4: b"v1"}
    assert packet.body[8:] == KEY
    assert sent(other)[0].body == KEY
    assert not sent(other)[0].has_extension


def test_one_flush_a_packet(source):
    """Viewers of one port leave in one batch."""
    batch, outlets = FakeBatch(), [an_outlet() for _ in range(20)]
    for outlet in outlets:
        outlet.connect(batch, None, lambda data: None)
        source.attach(outlet)
    before = batch.flushes
    feed(source, a_packet(1, KEY))
    assert len(batch.sent) == 20
    assert batch.flushes == before + 1


def test_duplicates_go_once(source):
    """A packet that comes twice is forwarded once: its number must not be used again."""
    outlet = an_outlet()
    source.attach(outlet)
    feed(source, a_packet(1, KEY), a_packet(2), a_packet(2), a_packet(1, KEY))
    assert len(sent(outlet)) == 2


def test_a_late_packet_keeps_its_place(source):
    """Reordering is passed on with the numbers that show it."""
    outlet = an_outlet()
    source.attach(outlet)
    feed(source, a_packet(1, KEY), a_packet(3), a_packet(2))
    start = sent(outlet)[0].number
    assert [(p.number - start) & 0xFFFF for p in sent(outlet)] == [0, 2, 1]


def test_packets_from_before_the_start_are_never_sent(source):
    """A straggler older than the viewer's first packet would take a number that belongs to something else."""
    outlet = an_outlet()
    source.attach(outlet)
    feed(source, a_packet(10), a_packet(12, KEY), a_packet(11))
    assert [p.body for p in sent(outlet)] == [KEY]


def test_another_publisher_is_no_gap(source, clock):
    """Numbers go on by one and timestamps by the time that passed, whatever the new publisher's numbers are."""
    outlet = an_outlet()
    source.attach(outlet)
    feed(source, a_packet(100, KEY, 9_000), a_packet(101, DELTA, 12_000))
    source.detach(outlet)
    clock.now += 2.0
    second = Source("video", VP8, ssrc=2, clock=clock)
    second.attach(outlet)
    feed(second, a_packet(40_000, DELTA, 7), a_packet(40_001, KEY, 3_007))
    before, after = sent(outlet)[-2:]
    assert after.number == (before.number + 1) & 0xFFFF
    assert (after.timestamp - before.timestamp) & 0xFFFFFFFF == pytest.approx(180_000, abs=90)
    assert after.ssrc == before.ssrc


def test_another_codec_reaches_who_agreed_to_it(source, clock):
    """A new publisher's codec comes in the viewer's payload type for it, or not at all."""
    both, only_vp8 = an_outlet((VP8, H264)), an_outlet((VP8,))
    second = Source("video", H264, ssrc=2, clock=clock)
    for outlet in (both, only_vp8):
        second.attach(outlet)
    feed(second, a_packet(1, b"\x65"))
    assert [p.payload_type for p in sent(both)] == [102]
    assert sent(only_vp8) == []


def test_a_fresh_key_frame_is_replayed(source, clock):
    """Who joins just after a key frame begins with it and has all that followed, in order."""
    feed(source, a_packet(1), a_packet(2, KEY), a_packet(3), a_packet(4))
    clock.now += 0.5
    outlet = an_outlet()
    source.attach(outlet)
    feed(source, a_packet(5))
    start = sent(outlet)[0]
    assert [p.body for p in sent(outlet)] == [KEY, DELTA, DELTA, DELTA]
    assert [p.number - start.number for p in sent(outlet)] == [0, 1, 2, 3]
    assert not source.key_frames.due(now=1.0)


def test_an_old_key_frame_is_not_replayed(source, clock):
    """Rather than an old picture in a hurry, a new key frame."""
    feed(source, a_packet(1, KEY), a_packet(2))
    clock.now += 5
    outlet = an_outlet()
    source.attach(outlet)
    assert sent(outlet) == []
    assert source.key_frames.due(now=1.0)


def test_nack_is_answered_from_the_ring(source):
    """A lost packet is sent again with the very same number and content."""
    outlet = an_outlet()
    source.attach(outlet)
    feed(source, a_packet(65_535, KEY), a_packet(0, b"\x00 lost"), a_packet(1))
    lost = sent(outlet)[1]
    source.resend(outlet, [lost.number])
    assert sent(outlet)[3] == lost


def test_nack_is_answered_by_rtx_where_agreed(source):
    """The retransmission has its own SSRC and numbers, and begins with the original number (RFC 4588)."""
    outlet = an_outlet((Format(Codec(96, "VP8", 90_000), rtx=97),), rtx_ssrc=0xDEF)
    source.attach(outlet)
    feed(source, a_packet(1, KEY), a_packet(2))
    lost = sent(outlet)[1]
    source.resend(outlet, [lost.number, lost.number])
    first, second = sent(outlet)[2:]
    assert (first.ssrc, first.payload_type) == (0xDEF, 97)
    assert first.body == struct.pack("!H", lost.number) + DELTA
    assert second.number == first.number + 1


def test_nack_that_lies_gets_nothing(source):
    """Numbers never sent, and those before the viewer's start, are not answered."""
    feed(source, a_packet(5), a_packet(6))
    outlet = an_outlet()
    source.attach(outlet)
    feed(source, a_packet(7, KEY))
    start = sent(outlet)[0].number
    source.resend(outlet, [(start - 1) & 0xFFFF, (start + 9) & 0xFFFF, (start + 30_000) & 0xFFFF])
    assert len(sent(outlet)) == 1


def test_nack_is_no_amplifier(source, clock):
    """One viewer gets a limited number of packets again in a moment, and more later."""
    outlet = an_outlet()
    source.attach(outlet)
    feed(source, a_packet(1, KEY))
    start = sent(outlet)[0].number
    for _ in range(10):
        source.resend(outlet, [start] * 100)
    assert len(sent(outlet)) == 1 + 128
    clock.now += 1
    source.resend(outlet, [start])
    assert len(sent(outlet)) == 1 + 129


def test_sender_reports_keep_audio_and_video_together(source):
    """A report's RTP time is moved by the viewer's offset; its wall clock is the publisher's."""
    rtcp: list[bytes] = []
    outlet = an_outlet(rtcp=rtcp)
    source.attach(outlet)
    feed(source, a_packet(1, KEY, 90_000))
    source.sender_report(
        RtcpSenderInfo(ntp_timestamp=1 << 40, rtp_timestamp=180_000, packet_count=9, octet_count=9)
    )
    (report,) = RtcpPacket.parse(rtcp[0])
    assert report.ssrc == 0xABC
    assert report.sender_info.ntp_timestamp == 1 << 40
    assert (report.sender_info.rtp_timestamp - sent(outlet)[0].timestamp) & 0xFFFFFFFF == 90_000


def test_a_new_viewer_has_the_last_report_at_once(source):
    """Lips are in sync from the first frame, not from the publisher's next report."""
    source.sender_report(RtcpSenderInfo(ntp_timestamp=1, rtp_timestamp=2, packet_count=3, octet_count=4))
    rtcp: list[bytes] = []
    source.attach(an_outlet(rtcp=rtcp))
    feed(source, a_packet(1, KEY))
    assert len(rtcp) == 1
