"""H.264 comes out of RTP as MP4 keeps it, and nothing that arrives harms."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.streaming.media.hls import boxes
from services.streaming.media.hls.h264 import Depacketiser
from services.streaming.media.hls.reorder import Reorder
from services.streaming.media.hls.sps import read_sps
from services.streaming.media.rtp import Packet
from tests.integration.media import encoded_media

SPS, PPS = b"\x67\x42\xc0\x1f\x8c", b"\x68\xce\x3c\x80"
IDR, SLICE = b"\x65" + bytes(range(256)) * 20, b"\x41" + b"\x22" * 90


def packets(*frames, first=0):
    """The packets of frames that are lists of NAL units."""
    made = []
    for number, units in enumerate(frames):
        payloads = list(encoded_media.payloads(units))
        for i, payload in enumerate(payloads):
            made.append(Packet(96, 0, 3_000 * number, 1, payload, marker=i == len(payloads) - 1))
            made[-1].index = first + len(made) - 1
    return made


def units_of(frame):
    """The NAL units of a frame with lengths."""
    units, position = [], 0
    while position < len(frame.data):
        length = int.from_bytes(frame.data[position : position + 4], "big")
        units.append(frame.data[position + 4 : position + 4 + length])
        position += 4 + length
    return units


def test_frames_come_out_as_they_went_in():
    """Aggregated parameter sets, fragments and single units."""
    unpack = Depacketiser()
    frames = [frame for packet in packets([SPS, PPS, IDR], [SLICE]) for frame in unpack.push(packet)]
    assert [units_of(frame) for frame in frames] == [[SPS, PPS, IDR], [SLICE]]
    assert [frame.key for frame in frames] == [True, False]
    assert unpack.parameters == (SPS, PPS)


def test_frame_with_a_missing_packet_is_dropped():
    """It is said once that something is damaged, and the next frame is whole again."""
    all_ = packets([SPS, PPS, IDR], [SLICE])
    unpack = Depacketiser()
    frames = [frame for packet in all_[:2] + all_[3:] for frame in unpack.push(packet)]
    assert [units_of(frame) for frame in frames] == [[SLICE]]
    assert unpack.damaged


def test_frame_without_marker_ends_with_the_next():
    """A lost marker does not join two frames."""
    first, second = packets([SLICE], [SLICE])
    first.marker = False
    unpack = Depacketiser()
    assert unpack.push(first) == []
    assert [frame.timestamp for frame in unpack.push(second)] == [0, 3_000]


@given(st.lists(st.binary(max_size=40), max_size=30))
def test_garbage_is_harmless(payloads):
    """Whatever a payload holds, there is no exception, and no more memory than what came."""
    unpack = Depacketiser()
    for index, payload in enumerate(payloads):
        packet = Packet(96, 0, index // 3, 1, payload)
        packet.index = index
        for frame in unpack.push(packet):
            assert len(frame.data) < 10_000


@given(st.binary(max_size=60))
def test_garbled_parameter_set_is_a_value_error(data):
    """Nothing but ValueError, and no endless loop."""
    try:
        picture = read_sps(b"\x67\x64\x00\x1f" + data)
    except ValueError:
        return
    assert picture.codec == "avc1.64001f"


def test_late_packets_are_put_in_order():
    """Packets that come within the patience are waited for."""
    order, all_ = Reorder(), packets([SLICE], [SLICE], [SLICE], [SLICE])
    mixed = [all_[0], all_[2], all_[3], all_[1]]
    assert [packet.index for one in mixed for packet in order.push(one, 0.0)] == [0, 1, 2, 3]


def test_missing_packet_is_given_up():
    """After the patience it goes on without it, and a packet that comes after that is not taken."""
    order, all_ = Reorder(0.3), packets(*[[SLICE]] * 5)
    assert [p.index for p in order.push(all_[0], 0.0)] == [0]
    assert list(order.push(all_[2], 0.1)) == []
    assert [p.index for p in order.push(all_[3], 0.5)] == [2, 3]
    assert order.gaps == 1
    assert list(order.push(all_[1], 0.6)) == []


@given(st.permutations(range(12)))
def test_any_order_within_the_patience(indices):
    """Every permutation of what follows the first packet comes out in order."""
    order, all_ = Reorder(), packets(*[[SLICE]] * 13)
    list(order.push(all_[0], 0.0))
    assert [p.index for i in indices for p in order.push(all_[i + 1], 0.0)] == list(range(1, 13))


@pytest.mark.parametrize(("width", "height"), [(320, 180), (1280, 720), (1920, 1080)])
def test_size_and_codec_of_a_picture(width, height):
    """As the encoder wrote them, cropped lines left out."""
    units = encoded_media.h264(0.1, f"{width}x{height}")[0]
    description = boxes.h264(*units[:2])
    assert description.codec == f"avc1.{units[0][1:4].hex()}"
    assert (description.width, description.height) == (width, height)
