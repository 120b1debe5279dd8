"""Both ways out, native and pure Python: what a viewer gets over a real socket. Nobody could tell which it was.

A viewer's side is libsrtp, which nobody here wrote.
"""

from __future__ import annotations

import itertools
import socket
import struct
from dataclasses import dataclass

import pylibsrtp
import pytest
from aiortc.rtp import RtpPacket
from pylibsrtp import Policy, Session

from services.streaming.media import native
from services.streaming.media.batch import Batch
from services.streaming.media.forwarding import Source
from services.streaming.media.native.build import build
from services.streaming.media.native.sending import NativeSending
from services.streaming.media.outlet import Outlet
from services.streaming.media.rtp import Packet
from services.streaming.media.sdp.codecs import Format
from services.streaming.media.sdp.offer import Codec

H264 = Format(Codec(102, "H264", 90_000))
VP8 = Format(Codec(96, "VP8", 90_000), rtx=97)
OPUS = Format(Codec(111, "opus", 48_000, 2))
KEY, DELTA, MIDDLE = b"\x7c\x85", b"\x7c\x81", b"\x7c\x05"
PROFILES = {
    "gcm-128": (Policy.SRTP_PROFILE_AEAD_AES_128_GCM, 28),
    "gcm-256": (Policy.SRTP_PROFILE_AEAD_AES_256_GCM, 44),
    "cm-80": (Policy.SRTP_PROFILE_AES128_CM_SHA1_80, 30),
}
WAYS = ("python", "native", "native-without-gso")


@pytest.fixture(scope="session")
def module():
    """The extension, built from this source."""
    try:
        build()
    except Exception as error:
        pytest.skip(f"the native fan-out cannot be built here: {error}")
    native.load.cache_clear()
    assert native.load() is not None
    return native.load()


@pytest.fixture(params=WAYS)
def sending(request):
    """A way out of a bound socket."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        out.bind(("127.0.0.1", 0))
        yield way_out(request, request.param, out)


def way_out(request, way, out):
    if way == "python":
        return Batch(out.fileno())
    return NativeSending(request.getfixturevalue("module"), out.fileno(), segment=way == "native")


@dataclass
class Viewer:
    """A viewer's socket and session, and the outlet that feeds it."""

    socket: socket.socket
    session: Session
    outlet: Outlet

    def received(self, count: int) -> list[RtpPacket]:
        """The next `count` packets, decrypted; there must not be more."""
        packets = [RtpPacket.parse(self.session.unprotect(self.datagram())) for _ in range(count)]
        self.socket.setblocking(False)
        with pytest.raises(BlockingIOError):
            self.socket.recv(2048)
        return packets

    def datagram(self) -> bytes:
        """The next datagram as it came."""
        self.socket.settimeout(5)
        return self.socket.recv(2048)


def policy(key, profile, ssrc_type):
    made = Policy(key=key, ssrc_type=ssrc_type, srtp_profile=profile)
    made.allow_repeat_tx, made.window_size = True, 1024
    return made


@pytest.fixture
def viewers():
    """Makes viewers; each differs from the others in everything but its mid."""
    made: list[Viewer] = []

    def make(sending, profile="gcm-128", formats=(H264,), mid=b"1", rtx_ssrc=None, first=None):
        number, length = PROFILES[profile]
        key = bytes((len(made) * 7 + i) & 0xFF for i in range(length))
        receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        receiver.bind(("127.0.0.1", 0))
        outlet = Outlet(0xA0000000 + len(made), rtx_ssrc, list(formats), {4: mid} if mid else {})
        if first is not None:
            outlet.next_index, outlet.last_timestamp, outlet._rtx_number = first, 77, 5
        viewer = Viewer(receiver, Session(policy(key, number, Policy.SSRC_ANY_INBOUND)), outlet)
        connect(viewer, sending, key, number)
        made.append(viewer)
        return viewer

    yield make
    for viewer in made:
        viewer.socket.close()


def connect(viewer, sending, key, profile, session=None):
    session = session or Session(policy(key, profile, Policy.SSRC_ANY_OUTBOUND))
    target = sending.target(viewer.socket.getsockname(), session, key if len(key) != 30 else None)
    viewer.outlet.connect(sending, target, lambda data: None)


def a_frame(first, timestamp, sizes=(900, 900, 901, 300), key=False):
    """One frame's packets. The sizes differ as those of browsers do: by one byte, and in the last packet."""
    for i, size in enumerate(sizes):
        head = MIDDLE if i else KEY if key else DELTA
        payload = (head + bytes([i]) * size)[:size]
        yield Packet(102, (first + i) & 0xFFFF, timestamp, 1, payload, marker=i == len(sizes) - 1)


def feed(source, *frames):
    packets = list(itertools.chain(*frames))
    for packet in packets:
        source.receive(packet)
    return packets


@pytest.mark.parametrize("profile", PROFILES)
def test_every_viewer_gets_every_packet_as_its_own(sending, viewers, profile):
    """Own SSRC, payload type, numbers and extension; the payload, marker and spacing of the publisher."""
    source = Source("video", H264, ssrc=1)
    theirs = Format(Codec(120, "H264", 90_000))
    group = [viewers(sending, profile, formats=(theirs,), mid=mid) for mid in (b"1", b"video", b"")]
    for viewer in group:
        source.attach(viewer.outlet)
    frames = [a_frame(65_530, 9_000, key=True), a_frame(65_534, 12_000), a_frame(2, 15_000, sizes=(40,))]
    sent = feed(source, *frames)
    for viewer in group:
        received = viewer.received(9)
        start = received[0]
        assert [p.payload for p in received] == [p.payload for p in sent]
        assert [p.marker for p in received] == [p.marker for p in sent]
        assert [(p.sequence_number - start.sequence_number) & 0xFFFF for p in received] == list(range(9))
        assert [(p.timestamp - start.timestamp) & 0xFFFFFFFF for p in received] == [0] * 4 + [3_000] * 4 + [6_000]
        assert {(p.ssrc, p.payload_type) for p in received} == {(viewer.outlet.ssrc, 120)}


@pytest.mark.parametrize("profile", PROFILES)
def test_numbers_wrap_around(sending, viewers, profile):
    """The roll-over counter of SRTP goes up with the viewer's numbers, several times."""
    source, viewer = Source("audio", OPUS, ssrc=1), viewers(sending, profile, formats=(OPUS,), first=30_000)
    source.attach(viewer.outlet)
    for number in range(500, 500 + 4 * 30_000, 30_000):  # each within half a round of the one before
        source.receive(Packet(111, number & 0xFFFF, number, 1, number.to_bytes(4, "big")))
        (packet,) = viewer.received(1)
        assert packet.payload == number.to_bytes(4, "big")


@pytest.mark.parametrize("profile", PROFILES)
def test_what_is_sent_again_is_the_same(sending, viewers, profile):
    """Without RTX, number and content are those of the first time: with GCM nothing else may use that number."""
    source, viewer = Source("video", H264, ssrc=1), viewers(sending, profile)
    source.attach(viewer.outlet)
    feed(source, a_frame(1, 0, key=True))
    first = [viewer.datagram() for _ in range(4)]
    source.resend(viewer.outlet, [struct.unpack_from("!H", first[i], 2)[0] for i in (1, 3)])
    assert [viewer.datagram() for _ in range(2)] == [first[1], first[3]]


def test_rtx_is_a_stream_of_its_own(sending, viewers):
    """Its own SSRC, payload type and numbers, and the original number before the payload (RFC 4588)."""
    source, viewer = Source("video", VP8, ssrc=1), viewers(sending, formats=(VP8,), rtx_ssrc=0xBEEF)
    source.attach(viewer.outlet)
    for i in range(3):
        source.receive(Packet(96, i, 0, 1, b"\x10\x00 key" + bytes([i]), marker=True))
    sent = viewer.received(3)
    source.resend(viewer.outlet, [sent[0].sequence_number, sent[2].sequence_number])
    again = viewer.received(2)
    assert [(p.ssrc, p.payload_type) for p in again] == [(0xBEEF, 97)] * 2
    assert again[1].sequence_number == again[0].sequence_number + 1
    assert [p.payload for p in again] == [
        struct.pack("!H", p.sequence_number) + p.payload for p in (sent[0], sent[2])
    ]


def test_a_viewer_who_joins_late_gets_the_key_frame_once(sending, viewers):
    """Also while a frame is on its way: no packet twice, none missing."""
    source, early, late = Source("video", H264, ssrc=1), viewers(sending), viewers(sending)
    source.attach(early.outlet)
    frame = list(a_frame(5, 3_000))
    feed(source, a_frame(1, 0, key=True), frame[:2])
    source.attach(late.outlet)
    feed(source, frame[2:])
    source.flush()
    numbers = [p.sequence_number for p in late.received(8)]
    assert numbers == list(range(numbers[0], numbers[0] + 8))
    early.received(8)


def test_one_who_leaves_or_moves_does_not_disturb_the_others(sending, viewers):
    """The table closes up; who moved goes on under the next number."""
    source, group = Source("video", H264, ssrc=1), [viewers(sending) for _ in range(40)]
    for viewer in group:
        source.attach(viewer.outlet)
    feed(source, a_frame(1, 0, key=True))
    before = {id(viewer): viewer.received(4)[-1].sequence_number for viewer in group}
    for viewer in group[::3]:
        source.detach(viewer.outlet)
    moved, stays = group[1], group[1].outlet.target
    source.reconnect(moved.outlet, sending, stays, lambda data: None)
    feed(source, a_frame(5, 3_000))
    for i, viewer in enumerate(group):
        received = viewer.received(4 if i % 3 else 0)
        assert not received or received[0].sequence_number == before[id(viewer)] + 1


def test_vp8_numbers_go_on_in_another_layer(sending, viewers):
    """Sequence numbers, picture ids and TL0PICIDX go on by one when a viewer changes its source."""
    low, high = Source("video", VP8, ssrc=1, layer="l"), Source("video", VP8, ssrc=2, layer="h")
    viewer = viewers(sending, formats=(VP8,))
    low.attach(viewer.outlet)
    for i in range(2):
        low.receive(Packet(96, i, 3_000 * i, 1, vp8(0x7FFE + i, 0xFE + i, key=not i), marker=True))
    high.attach(viewer.outlet, lambda: low.detach(viewer.outlet))
    low.receive(Packet(96, 2, 6_000, 1, vp8(0, 0), marker=True))
    high.receive(Packet(96, 900, 50, 2, vp8(500, 9, key=True), marker=True))
    high.receive(Packet(96, 901, 3_050, 2, vp8(501, 10), marker=True))
    received = viewer.received(5)
    start = received[0].sequence_number
    assert [p.sequence_number for p in received] == list(range(start, start + 5))
    assert [int.from_bytes(p.payload[2:4], "big") & 0x7FFF for p in received] == [0x7FFE, 0x7FFF, 0, 1, 2]
    assert [p.payload[4] for p in received] == [0xFE, 0xFF, 0, 1, 2]
    assert received[3].payload[6:] == vp8(500, 9, key=True)[6:]


def vp8(picture, tl0, key=False):
    """A payload with a picture id of fifteen bits, a TL0PICIDX and a byte for T and K."""
    return b"\x90\xe0" + (0x8000 | picture).to_bytes(2, "big") + bytes([tl0, 0, not key]) + b"picture"


@pytest.mark.parametrize(("size", "goes"), [(1, True), (1_884, True), (1_885, False), (65_000, False)])
def test_sizes_at_the_edge(sending, viewers, size, goes):
    """What does not fit is dropped by itself, with a header extension of eight bytes; the next one goes."""
    source, viewer = Source("audio", OPUS, ssrc=1), viewers(sending, formats=(OPUS,))
    source.attach(viewer.outlet)
    for number, payload in enumerate((bytes(size), b"next")):
        source.receive(Packet(111, number, 0, 1, payload))
    lengths = [len(viewer.datagram()) for _ in range(2 if goes else 1)]
    assert lengths == [12 + 8 + n + 16 for n in ([size, 4] if goes else [4])]


@pytest.mark.parametrize("profile", PROFILES)
def test_both_ways_out_write_the_same_bytes(request, viewers, profile):
    """With the same key, native and pure Python put the very same datagrams on the wire."""
    wires = []
    for way in WAYS:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
            source, sending = Source("video", VP8, ssrc=1), way_out(request, way, out)
            viewer = viewers(sending, profile, formats=(VP8,), mid=b"7", rtx_ssrc=9, first=40_000)
            viewer.outlet.ssrc = 0x1234
            number, length = PROFILES[profile]
            connect(viewer, sending, bytes(range(length)), number)
            source.attach(viewer.outlet)
            for i in range(5):
                source.receive(Packet(96, 65_533 + i & 0xFFFF, 5, 1, vp8(i, i, key=not i) * 20, marker=i == 4))
            source.resend(viewer.outlet, [viewer.outlet.next_index + 2])
            wires.append([viewer.datagram() for _ in range(6)])
    assert wires[0] == wires[1] == wires[2]


def test_a_viewer_that_cannot_be_reached_harms_nobody(sending, viewers):
    """The kernel refuses one address; the others have everything."""
    source, group = Source("video", H264, ssrc=1), [viewers(sending) for _ in range(3)]
    number, _ = PROFILES["gcm-128"]
    target = sending.target(
        ("0.0.0.0", 0), Session(policy(bytes(28), number, Policy.SSRC_ANY_OUTBOUND)), bytes(28)
    )
    group[1].outlet.connect(sending, target, lambda data: None)
    for viewer in group:
        source.attach(viewer.outlet)
    feed(source, a_frame(1, 0, key=True))
    for viewer in (group[0], group[2]):
        viewer.received(4)


def test_a_forged_packet_is_told_from_ours(sending, viewers):
    """The tags hold: a flipped bit anywhere is refused. What says that the tests above decrypt at all."""
    source, viewer = Source("audio", OPUS, ssrc=1), viewers(sending, formats=(OPUS,))
    source.attach(viewer.outlet)
    source.receive(Packet(111, 1, 0, 1, b"sound"))
    data = bytearray(viewer.datagram())
    data[-1] ^= 1
    with pytest.raises(pylibsrtp.Error):
        viewer.session.unprotect(bytes(data))
