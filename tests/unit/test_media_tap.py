"""What a tap hears, and that it cannot hurt the viewers."""

from __future__ import annotations

import logging

from aiortc.rtp import RtcpSenderInfo

from services.streaming.media.forwarding import Source
from services.streaming.media.rtp import Packet
from services.streaming.media.sdp.codecs import Format
from services.streaming.media.sdp.offer import Codec
from services.streaming.media.stage import Stage
from services.streaming.media.tap import Tap, Taps

VP8 = Format(Codec(96, "VP8", 90_000))


class Listener(Tap):
    """Writes down what it hears."""

    def __init__(self):
        self.heard = []

    def opened(self, source):
        self.heard.append(("opened", source.ssrc))

    def packet(self, source, packet):
        self.heard.append((source.ssrc, packet.index))

    def reported(self, source, info):
        self.heard.append(("reported", info.ntp_timestamp))

    def closed(self, source):
        self.heard.append(("closed", source.ssrc))


class Publisher:
    """A publisher with sources, as far as a stage can tell."""

    def __init__(self, *sources):
        self.sources = {source.kind: source for source in sources}
        self.formats = {}
        self.peer = None


def a_packet(number):
    return Packet(96, number, 0, 1, b"\x10\x00")


def a_stage_with(publisher):
    stage = Stage("session-1", "media-1", lambda event: None)
    stage.publish(publisher)
    return stage


def test_a_tap_hears_a_stream_from_beginning_to_end():
    """Opened, each packet once with its place in the stream, reports, closed; and then nothing."""
    source, tap = Source("video", VP8, ssrc=7), Listener()
    publisher = Publisher(source)
    stage = a_stage_with(publisher)
    stage.tap(tap)
    stage.media_arrived(publisher, source)
    for number in (65_535, 0, 0):
        source.receive(a_packet(number))
    source.sender_report(RtcpSenderInfo(ntp_timestamp=5, rtp_timestamp=0, packet_count=0, octet_count=0))
    stage.unpublish(publisher)
    source.receive(a_packet(1))
    first = tap.heard[1][1]
    assert tap.heard == [("opened", 7), (7, first), (7, first + 1), ("reported", 5), ("closed", 7)]


def test_a_late_tap_is_told_what_is_open():
    """Who comes in the middle hears of the sources there are, and nothing once it has gone."""
    source, tap = Source("video", VP8, ssrc=7), Listener()
    publisher = Publisher(source)
    stage = a_stage_with(publisher)
    stage.media_arrived(publisher, source)
    stage.tap(tap)
    assert tap.heard == [("opened", 7)]
    stage.untap(tap)
    source.receive(a_packet(1))
    assert tap.heard == [("opened", 7)]


def test_a_stream_in_the_place_of_another_closes_it():
    """A new SSRC is a new source, and the older one has ended."""
    first, second, tap = Source("video", VP8, ssrc=7), Source("video", VP8, ssrc=8), Listener()
    publisher = Publisher(first)
    stage = a_stage_with(publisher)
    stage.tap(tap)
    stage.media_arrived(publisher, first)
    stage.media_arrived(publisher, second)
    assert tap.heard == [("opened", 7), ("closed", 7), ("opened", 8)]


def test_a_tap_that_fails_hurts_nobody(caplog):
    """The others hear all the same, and the failure is in the log."""

    class Broken(Tap):
        def packet(self, source, packet):
            raise RuntimeError("no")

    source, tap = Source("video", VP8, ssrc=7), Listener()
    source.taps = Taps()
    source.taps.add(Broken())
    source.taps.add(tap)
    with caplog.at_level(logging.ERROR):
        assert source.receive(a_packet(1))
    assert len(tap.heard) == 1
    assert "a tap failed" in caplog.text
