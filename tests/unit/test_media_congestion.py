"""Transport-wide congestion control feedback: what a sender reads out of it is what arrived."""

from __future__ import annotations

import struct

from hypothesis import given
from hypothesis import strategies as st

from services.streaming.media.congestion import TransportFeedback


def read(message: bytes) -> tuple[int, dict[int, float | None]]:
    """An independent reader of the format: the message count and the arrival (s) of each number, None for lost."""
    first, kind, words = struct.unpack_from("!BBH", message)
    assert (first, kind, 4 * (words + 1)) == (0x80 | 15, 205, len(message))
    base, count, reference = struct.unpack_from("!HHL", message, 12)
    position, symbols = 20, []
    while len(symbols) < count:
        (chunk,) = struct.unpack_from("!H", message, position)
        position += 2
        if chunk >> 14 == 3:
            symbols += [chunk >> (12 - 2 * i) & 3 for i in range(7)]
        elif chunk >> 14 == 2:
            symbols += [chunk >> (13 - i) & 1 for i in range(14)]
        else:
            symbols += [chunk >> 13] * (chunk & 0x1FFF)
    clock, arrivals = (reference >> 8) * 0.064, {}
    for i, symbol in enumerate(symbols[:count]):
        number = (base + i) & 0xFFFF
        if symbol == 0:
            arrivals[number] = None
            continue
        delta = message[position] if symbol == 1 else struct.unpack_from("!h", message, position)[0]
        position += symbol
        clock += delta * 0.00025
        arrivals[number] = clock
    assert len(message) - position < 4  # only padding is left
    return reference & 0xFF, arrivals


def test_arrivals_and_losses_are_told():
    """Numbers that came carry their time, those between carry a loss."""
    feedback = TransportFeedback()
    for number, at in [(10, 5.000), (11, 5.001), (13, 5.010), (14, 5.300)]:
        feedback.record(number, at)
    count, arrivals = read(feedback.pack(1, 2))
    assert count == 0
    assert arrivals[12] is None
    assert all(abs(arrivals[n] - at) < 0.0005 for n, at in [(10, 5.0), (11, 5.001), (13, 5.010), (14, 5.3)])


def test_nothing_new_says_nothing():
    """No packets, no message; and each packet is told once."""
    feedback = TransportFeedback()
    assert feedback.pack(1, 2) is None
    feedback.record(1, 0.1)
    assert feedback.pack(1, 2) is not None
    assert feedback.pack(1, 2) is None


def test_a_gap_between_two_messages_is_a_loss():
    """What was lost between the last packet of one report and the first of the next is in the next."""
    feedback = TransportFeedback()
    feedback.record(1, 0.1)
    feedback.pack(1, 2)
    feedback.record(4, 0.2)
    count, arrivals = read(feedback.pack(1, 2))
    assert count == 1
    assert [arrivals[n] for n in (2, 3)] == [None, None]
    assert 1 not in arrivals


def test_order_does_not_matter():
    """A packet that overtook another makes a negative delta, not a loss."""
    feedback = TransportFeedback()
    feedback.record(7, 1.020)
    feedback.record(6, 1.025)
    _, arrivals = read(feedback.pack(1, 2))
    assert abs(arrivals[6] - 1.025) < 0.0005
    assert abs(arrivals[7] - 1.020) < 0.0005


def test_rounding_does_not_add_up():
    """Two hundred packets at an interval that is no multiple of the unit are all told to within half a unit."""
    feedback = TransportFeedback()
    times = [5.0 + 0.00037 * i for i in range(200)]
    for number, at in enumerate(times):
        feedback.record(number, at)
    _, arrivals = read(feedback.pack(1, 2))
    assert all(abs(arrivals[number] - at) < 0.0002 for number, at in enumerate(times))


def test_a_jump_does_not_make_a_giant():
    """Half the number space skipped at once gives a message that still fits a datagram."""
    feedback = TransportFeedback()
    feedback.record(1, 1.0)
    feedback.pack(1, 2)
    feedback.record(30_000, 1.1)
    assert len(feedback.pack(1, 2)) < 1200


@given(st.integers(0, 0xFFFF), st.lists(st.integers(0, 3), min_size=1, max_size=200), st.floats(0, 1e9))
def test_numbers_wrap_around(start, steps, now):
    """Any run of packets, over the end of the numbers too, is read back with times within rounding."""
    feedback, sent, number = TransportFeedback(), {}, start
    for step in steps:
        number = (number + 1 + step) & 0xFFFF
        now += 0.004
        feedback.record(number, now)
        sent[number] = now
    _, arrivals = read(feedback.pack(1, 2))
    assert {n for n, at in arrivals.items() if at is not None} == set(sent)
    shift = now - arrivals[number]  # the reference time is 24 bits wide
    assert all(abs(arrivals[n] + shift - at) < 0.002 for n, at in sent.items())
