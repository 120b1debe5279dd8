"""The ring of sent packets, the losses of a publisher, and the limit on key frame requests."""

from __future__ import annotations

from services.streaming.media.repair import KeyFrameRequests, LossTracker, Ring
from services.streaming.media.rtp import Packet


def packet(index: int) -> Packet:
    made = Packet(96, index & 0xFFFF, 0, 1, b"x")
    made.index = index
    return made


def test_ring_gives_back_what_it_still_has():
    """The last packets are found by index; older ones and those that never came are not."""
    ring = Ring(size=8)
    for index in (100, 101, 103, 108):
        assert ring.add(packet(index))
    assert ring.get(101).index == 101
    assert ring.get(100) is None  # 108 has its slot
    assert ring.get(102) is None


def test_ring_knows_duplicates_and_latecomers():
    """A packet that is there, or whose slot a newer one has, is not taken again."""
    ring = Ring(size=8)
    assert ring.add(packet(5))
    assert not ring.add(packet(5))
    assert ring.add(packet(13))
    assert not ring.add(packet(5))


def test_gaps_are_asked_for_until_they_are_filled():
    """A gap is asked for at once, then again after a while, and no more once the packet came."""
    losses = LossTracker()
    for index in (1, 2, 5):
        losses.arrived(index)
    assert losses.due(now=10.0) == [3, 4]
    assert losses.due(now=10.01) == []
    losses.arrived(3)
    assert losses.due(now=10.06) == [4]
    losses.arrived(4)
    assert losses.due(now=10.2) == []


def test_a_packet_that_never_comes_is_given_up():
    """Requests for one packet end after a few tries."""
    losses = LossTracker()
    losses.arrived(1)
    losses.arrived(3)
    assert sum(bool(losses.due(now=float(second))) for second in range(1, 30)) == 6


def test_a_great_gap_is_not_repaired():
    """More losses than a NACK can mend are left to the next key frame, and take no memory."""
    losses = LossTracker()
    losses.arrived(1)
    losses.arrived(30_000)
    losses.arrived(30_002)
    assert len(losses.due(now=1.0)) <= 256


def test_key_frame_requests_are_joined():
    """Many wishes make one request a second."""
    requests = KeyFrameRequests()
    for _ in range(50):
        requests.want()
    assert requests.due(now=100.0)
    requests.want()
    assert not requests.due(now=100.9)
    assert requests.due(now=101.0)


def test_key_frame_requests_are_repeated_until_one_comes():
    """A request may be lost; a key frame ends the wish."""
    requests = KeyFrameRequests()
    requests.want()
    assert requests.due(now=1.0)
    assert requests.due(now=2.0)
    requests.satisfied()
    assert not requests.due(now=3.0)


def test_nobody_wants_nobody_asks():
    """Without a wish there is no request."""
    assert not KeyFrameRequests().due(now=1.0)
