"""Which layer a viewer gets, and how it changes from one to another."""

from __future__ import annotations

from itertools import pairwise

import pytest

from services.streaming.media.fan import PythonFan
from services.streaming.media.forwarding import Source
from services.streaming.media.layers import SOUND_ALONE, Ladder
from services.streaming.media.outlet import Outlet
from services.streaming.media.rtp import Packet
from services.streaming.media.screening import Screening
from services.streaming.media.sdp.codecs import Format
from services.streaming.media.sdp.offer import Codec

H264 = Format(Codec(102, "H264", 90_000))
KEY, DELTA = b"\x65", b"\x41"
LAYERS = [150_000, 500_000, 1_500_000]


def seconds(ladder, number, estimate=0, lost=0.0, bitrates=LAYERS):
    """The rungs of so many seconds with the same report."""
    return [ladder.choose(bitrates, estimate, lost) for _ in range(number)]


def test_begins_with_the_sharpest_picture():
    """Nothing is known of the viewer yet; and then as high as its estimate lets."""
    assert seconds(Ladder(), 1) == [2]
    assert seconds(Ladder(), 1, estimate=700_000) == [1]
    assert seconds(Ladder(), 1, estimate=20_000) == [0]


def test_goes_down_when_it_does_not_get_through():
    """Two seconds of an estimate below what is sent: down to what it has room for, at once."""
    ladder = Ladder()
    seconds(ladder, 1)
    assert seconds(ladder, 2, estimate=200_000) == [2, 0]


def test_goes_down_for_loss_alone():
    """A viewer that gives no estimate tells its losses; one rung at a time."""
    ladder = Ladder()
    seconds(ladder, 1)
    assert seconds(ladder, 4, lost=0.3) == [2, 1, 1, 0]


def test_gives_up_the_picture_last():
    """After five bad seconds on the lowest layer only the sound is left."""
    ladder = Ladder()
    seconds(ladder, 1, estimate=30_000)
    assert seconds(ladder, 5, estimate=30_000)[-1] == SOUND_ALONE


def test_a_little_loss_changes_nothing():
    """Up to a tenth is mended by sending again."""
    ladder = Ladder()
    seconds(ladder, 1)
    assert set(seconds(ladder, 60, lost=0.06)) == {2}


def test_goes_up_again_after_a_calm_while():
    """One rung at a time; sooner where the estimate has room."""
    ladder = Ladder()
    seconds(ladder, 1, estimate=200_000)
    rungs = seconds(ladder, 20, estimate=250_000)
    assert rungs[:6] == [0] * 6
    assert 1 in rungs
    generous = Ladder()
    seconds(generous, 1, estimate=200_000)
    assert seconds(generous, 3, estimate=900_000)[-1] == 1


def test_an_attempt_that_fails_makes_the_next_one_wait_longer():
    """Nobody's picture swings every few seconds."""
    ladder = Ladder()
    seconds(ladder, 1, estimate=200_000)
    rungs = []
    for _ in range(300):
        rungs += seconds(ladder, 1, estimate=200_000, lost=0.2 if ladder.rung else 0.0)
    attempts = [i for i in range(1, len(rungs)) if rungs[i] > rungs[i - 1]]
    pauses = [later - earlier for earlier, later in pairwise(attempts)]
    assert pauses == sorted(pauses)
    assert pauses[-1] > 60


def test_a_layer_that_stops_is_no_rung():
    """A publisher without room for its highest layer sends two: the viewer has the better of them."""
    ladder = Ladder()
    seconds(ladder, 1)
    assert seconds(ladder, 1, bitrates=LAYERS[:2]) == [1]


class Wire:
    """Keeps numbers, timestamps and payloads of what it should send."""

    def __init__(self):
        self.sent = []

    def fan(self):
        return PythonFan(self)

    def add(self, target, first, second, index, timestamp, ssrc, body):
        self.sent.append((index, timestamp, body))

    def flush(self):
        """Nothing waits."""


@pytest.fixture
def outlet():
    made = Outlet(7, None, [H264], {})
    made.connect(Wire(), None, lambda data: None)
    return made


def flow(source, number, key=False):
    """One frame of one packet, thirty a second."""
    source.receive(Packet(102, number, 3_000 * number, 1, KEY if key else DELTA + source.layer.encode(), True))


def a_layer(name, bitrate):
    source = Source("video", H264, ssrc=ord(name), layer=name)
    flow(source, 1, key=True)
    source.bitrate = bitrate
    return source


def test_the_old_layer_plays_until_the_new_one_has_a_key_frame(outlet):
    """No gap in the numbers, nothing of both, and a key frame is asked for."""
    low, high = a_layer("l", 100_000), a_layer("h", 900_000)
    screening = Screening(outlet)
    screening.offer(low)
    screening.offer(high)
    assert screening.rung == "l"
    screening.choose(0, 0.0)
    assert high.key_frames.due(1.0)
    flow(low, 2)
    flow(high, 2)
    assert screening.rung == "l"
    flow(high, 3, key=True)
    flow(low, 3)
    assert screening.rung == "h"
    bodies = [body for _, _, body in outlet.sending.sent]
    indices = [index for index, _, _ in outlet.sending.sent]
    assert bodies == [KEY, DELTA + b"l", KEY]
    assert indices == list(range(indices[0], indices[0] + 3))
    assert list(low.flowing) == []


def test_sound_alone_and_back(outlet):
    """Without a picture the outlet is fed by nothing; when there is room, it begins with a key frame."""
    only = a_layer("x", 500_000)
    screening = Screening(outlet)
    screening.offer(only)
    for _ in range(8):
        screening.choose(50_000, 0.5)
    assert screening.rung == "sound"
    assert list(only.flowing) == []
    for _ in range(12):
        screening.choose(0, 0.0)
    assert screening.rung == "x"


def test_a_layer_begun_anew_takes_the_place_of_the_old(outlet):
    """Another SSRC under the same name."""
    screening = Screening(outlet)
    first, second = a_layer("l", 1), a_layer("l", 1)
    screening.offer(first)
    screening.offer(second)
    assert list(first.flowing) == []
    assert list(second.flowing) == [outlet]
    screening.clear()
    assert list(second.flowing) == []
