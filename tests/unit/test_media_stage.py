"""Who is on a stage, and what the bus is told about it."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest

from messaging.contracts.streaming import StageClosed, StageOpened
from services.streaming.media.forwarding import Source
from services.streaming.media.sdp.codecs import Format
from services.streaming.media.sdp.offer import Codec
from services.streaming.media.stage import PUBLISHER_SILENCE, VIEWER_SILENCE, Stage


class FakeViewer:
    """Remembers what it watches."""

    def __init__(self, heard_at=0.0):
        self.sources = {}
        self.peer = SimpleNamespace(heard_at=heard_at)

    def watch(self, source):
        self.sources[source.kind] = source

    def leave(self):
        self.sources.clear()

    def choose(self):
        """Nothing to choose from."""


def a_source(kind="video"):
    return Source(kind, Format(Codec(96, "VP8", 90_000)))


def a_publisher(*kinds, last_packet_at=None, connected_at=0.0):
    return SimpleNamespace(
        sources={kind: a_source(kind) for kind in kinds},
        formats={},
        last_packet_at=last_packet_at,
        peer=SimpleNamespace(connected_at=connected_at),
    )


@pytest.fixture
def told():
    return []


@pytest.fixture
def stage(told):
    return Stage("session-1", "media-1", told.append)


def live(stage, publisher):
    stage.publish(publisher)
    for source in publisher.sources.values():
        stage.media_arrived(publisher, source)
    return publisher


def test_opens_with_the_first_packet(stage, told):
    """A connection alone is not news; its first packet is, once for all its streams."""
    publisher = a_publisher("audio", "video")
    stage.publish(publisher)
    assert told == []
    before = int(time.time() * 1000)
    live(stage, publisher)
    assert told == [StageOpened(session_id="session-1", node="media-1", epoch=stage.epoch)]
    assert before <= stage.epoch <= int(time.time() * 1000)


def test_closes_with_its_publisher(stage, told):
    """Viewers stay, without a source."""
    viewer = FakeViewer()
    stage.admit(viewer)
    publisher = live(stage, a_publisher("video"))
    assert "video" in viewer.sources
    stage.unpublish(publisher)
    assert told[-1] == StageClosed(session_id="session-1", node="media-1", epoch=stage.epoch)
    assert viewer.sources == {}
    assert not stage.empty


def test_a_publisher_who_never_sent_closes_nothing(stage, told):
    """What did not open cannot close."""
    publisher = a_publisher()
    stage.publish(publisher)
    stage.unpublish(publisher)
    assert told == []
    assert stage.empty


def test_the_newest_publisher_wins(stage, told):
    """It has a larger epoch; the older one is handed back to be ended, and its end is no news."""
    first, viewer = live(stage, a_publisher("audio", "video")), FakeViewer()
    stage.admit(viewer)
    epoch = stage.epoch
    second = a_publisher("video")
    assert stage.publish(second) is first
    live_source = second.sources["video"]
    stage.media_arrived(second, live_source)
    stage.unpublish(first)
    assert stage.epoch > epoch
    assert [type(event) for event in told] == [StageOpened, StageOpened]
    assert viewer.sources == {"video": live_source}  # and no audio any more


def test_a_replaced_publisher_says_nothing_more(stage):
    """Its late streams reach nobody."""
    first, viewer = live(stage, a_publisher("video")), FakeViewer()
    stage.admit(viewer)
    stage.publish(a_publisher("video"))
    stage.media_arrived(first, a_source())
    assert viewer.sources == {}


def test_silence_is_noticed(stage):
    """A publisher without packets for five seconds and a viewer unheard for fifteen are to be ended."""
    publisher = live(stage, a_publisher("video", last_packet_at=100.0))
    quiet, heard = FakeViewer(heard_at=100.0), FakeViewer(heard_at=110.0)
    for viewer in (quiet, heard):
        stage.admit(viewer)
    assert list(stage.silent_peers(100.0 + PUBLISHER_SILENCE)) == []
    assert list(stage.silent_peers(100.1 + PUBLISHER_SILENCE)) == [publisher.peer]
    assert quiet.peer in list(stage.silent_peers(100.1 + VIEWER_SILENCE))
    assert heard.peer not in list(stage.silent_peers(100.1 + VIEWER_SILENCE))


def test_a_publisher_who_never_sends_is_not_waited_for(stage):
    """Its silence counts from its connection."""
    publisher = a_publisher(connected_at=100.0)
    stage.publish(publisher)
    assert list(stage.silent_peers(100.1 + PUBLISHER_SILENCE)) == [publisher.peer]


def test_bitrate_is_that_of_the_last_interval(stage):
    """Bits per second since the last measurement; a new publisher starts from nothing."""
    publisher = live(stage, a_publisher("video"))
    publisher.sources["video"].octets = 125_000
    stage.measure(1.0)
    assert stage.bitrate == 1_000_000
    stage.measure(1.0)
    assert stage.bitrate == 0
