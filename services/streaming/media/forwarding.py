"""The hot path: one packet of a publisher in, one rewritten packet for each viewer out.

A `Source` is one stream of a publisher, an `Outlet` one stream to a viewer. Only the header is rewritten (SSRC,
sequence number, timestamp, payload type, extensions); the payload is the publisher's, byte for byte, but for the
running numbers that VP8 has in it.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Callable

from aiortc.rtp import RTCP_SR, RtcpSenderInfo

from . import metrics
from .fan import Fan, Sending, Target
from .keyframes import starts_key_frame
from .outlet import Outlet
from .repair import KeyFrameRequests, LossTracker, Ring
from .rtp import Packet, unroll
from .sdp.codecs import Format
from .tap import Taps
from .vp8 import Numbers, note_numbers, numbers_of

_FRESH = 1.0  # s: a key frame this young is replayed to a new viewer, since no newer one may be asked for yet
_REPORT_INTERVAL = 2.5  # s between two reports to one viewer: clocks do not drift faster
_SENDER_REPORT = struct.Struct("!BBHLQLLL")  # RFC 3550, 6.4.1, without report blocks
_RESENDS = 128  # packets a viewer may have again within 100 ms


class Source:
    """One stream of a publisher and the outlets that it feeds.

    An outlet waits until a packet comes that a decoder can begin with, then flows. `losses` and `key_frames` say
    what to ask of the publisher; whoever sends it feedback polls them. `layer` is the RID of a simulcast layer.
    """

    def __init__(
        self,
        kind: str,
        format_: Format,
        ssrc: int = 0,
        clock: Callable[[], float] = time.monotonic,
        layer: str = "",
    ) -> None:
        self.kind, self.format, self.ssrc, self.layer = kind, format_, ssrc, layer
        self.taps = Taps()  # the stage puts its own here
        self.clock_rate = format_.codec.clock_rate
        self.ring, self.losses, self.key_frames = Ring(), LossTracker(), KeyFrameRequests()
        self.flowing: dict[Outlet, Fan] = {}
        self.waiting: dict[Outlet, Callable[[], None]] = {}
        self.highest = -1
        self.newest_timestamp = 0
        self.newest_at = 0.0
        self.packets = self.octets = self.forwarded = 0
        self.bitrate = 0  # bits/s of payload over the last second, 0 when nothing came
        self._octets_before = 0
        self.report: RtcpSenderInfo | None = None
        self._reported_at = float("-inf")
        self._fans: dict[Sending, Fan] = {}
        self._is_vp8 = format_.name == "VP8"
        self._numbers: Numbers | None = None
        self._received = metrics.PACKETS_RECEIVED.labels(kind)
        self._forwarded = metrics.PACKETS_FORWARDED.labels(kind)
        self._forwarded_octets = metrics.OCTETS_FORWARDED.labels(kind)
        self._clock = clock
        self._key_frame: Packet | None = None  # the packet that the last key frame begins with
        self._key_frame_at = float("-inf")

    @property
    def name(self) -> str:
        """Kind and layer: what tells it from the other sources of its publisher."""
        return self.kind + self.layer

    def receive(self, packet: Packet) -> bool:
        """Forwards one packet. False if it had come before, or too late to matter."""
        highest = self.highest if self.highest >= 0 else packet.sequence_number + 0x10000
        packet.index = unroll(packet.sequence_number, highest)
        if not self.ring.add(packet):
            return False
        self.losses.arrived(packet.index)
        self._received.inc()
        self.packets += 1
        self.octets += len(packet.payload)
        if self._is_vp8:
            note_numbers(packet)
        is_next = packet.index > self.highest
        if is_next:
            self._advance(packet)
        self._send(packet, more=is_next and self.kind == "video" and not packet.marker)
        if self.taps:
            self.taps.packet(self, packet)
        return True

    def attach(self, outlet: Outlet, started: Callable[[], None] = lambda: None, replay: bool = True) -> None:
        """Feeds an outlet, from a key frame on: the last one when it is fresh, else one that is asked for.

        `started` is called just before its first packet. Without `replay` only a new key frame will do.
        """
        if not outlet.use(self.format):
            return  # the viewer has not agreed to this codec
        self.waiting[outlet] = started
        first = self._key_frame if replay else None
        if first is None or self._clock() - self._key_frame_at > _FRESH or self.ring.get(first.index) is None:
            self.key_frames.want()
            return
        self.flush()
        fan = self._start(outlet, first)
        fan.replay(filter(None, map(self.ring.get, range(first.index, self.highest + 1))), outlet)

    def detach(self, outlet: Outlet, keeps_clock: bool = False) -> None:
        """Feeds the outlet no more, and lets it remember where to go on.

        With `keeps_clock` another source of the same publisher follows, whose sender reports mean the same clock.
        """
        self.waiting.pop(outlet, None)
        if outlet in self.flowing:
            self._cease(outlet)
            report = self.report if keeps_clock else None
            outlet.pause(self.highest, self.newest_timestamp, self.newest_at, self._numbers, report)

    def reconnect(
        self, outlet: Outlet, sending: Sending, target: Target, send_rtcp: Callable[[bytes], None]
    ) -> None:
        """The outlet's viewer has moved to another address; its numbers go on."""
        flows = outlet in self.flowing
        if flows:
            self._cease(outlet)
        outlet.connect(sending, target, send_rtcp)
        if flows:
            self._flow(outlet)

    def resend(self, outlet: Outlet, sequence_numbers: list[int]) -> None:
        """Answers a viewer's NACK from the ring, as far as its allowance goes: as RTX where that was agreed."""
        fan = self.flowing.get(outlet)
        if fan is None:
            return
        indices = (unroll(outlet.original(number), self.highest) for number in sequence_numbers)
        found = [p for index in indices if index >= outlet.first_index and (p := self.ring.get(index))]
        del found[outlet.allowed(self._clock(), len(found), _RESENDS) :]
        if found:
            metrics.PACKETS_RESENT.inc(len(found))
            (fan.retransmit if outlet.retransmits else fan.replay)(found, outlet)

    def sender_report(self, info: RtcpSenderInfo) -> None:
        """Passes the publisher's clock on, so that audio and video stay together at every viewer."""
        self.report = info
        self.taps.reported(self, info)
        now = self._clock()
        if now - self._reported_at >= _REPORT_INTERVAL:
            self._reported_at = now
            for outlet in self.flowing:
                self._pass_report(outlet)

    def measure(self, seconds: float) -> None:
        """Takes the bitrate since the last call, `seconds` ago."""
        self.bitrate = int((self.octets - self._octets_before) * 8 / seconds)
        self._octets_before = self.octets

    def flush(self) -> None:
        """Sends what waits for the rest of its frame."""
        for fan in self._fans.values():
            fan.flush()

    def _advance(self, packet: Packet) -> None:
        """The newest packet so far; with a key frame, those who waited for it start here."""
        now = self._clock()
        self.highest, self.newest_timestamp, self.newest_at = packet.index, packet.timestamp, now
        if self._is_vp8:
            self._numbers = numbers_of(packet)
        if not packet.payload or not starts_key_frame(self.format.name, packet.payload):
            return
        last = self._key_frame
        if last is None or last.timestamp != packet.timestamp:  # not a further packet of the same frame
            self._key_frame, self._key_frame_at = packet, now
        self.key_frames.satisfied()
        for outlet in list(self.waiting):
            self._start(outlet, packet)

    def _start(self, outlet: Outlet, packet: Packet) -> Fan:
        self.waiting.pop(outlet)()
        numbers = numbers_of(packet) if self._is_vp8 else None
        now, counts = self._clock(), (self.packets, self.octets)
        outlet.start(packet, now, self.clock_rate, *counts, numbers, self.report)
        fan = self._flow(outlet)
        self._pass_report(outlet)
        return fan

    def _flow(self, outlet: Outlet) -> Fan:
        fan = self._fans.get(outlet.sending)
        if fan is None:
            fan = self._fans[outlet.sending] = outlet.sending.fan()
        fan.add(outlet)
        self.flowing[outlet] = fan
        return fan

    def _cease(self, outlet: Outlet) -> None:
        fan = self.flowing.pop(outlet)
        fan.remove(outlet)
        if not len(fan):
            del self._fans[outlet.sending]

    def _pass_report(self, outlet: Outlet) -> None:
        if self.report is None:
            return
        report = _SENDER_REPORT.pack(
            0x80,
            RTCP_SR,
            _SENDER_REPORT.size // 4 - 1,
            outlet.ssrc,
            self.report.ntp_timestamp,
            (self.report.rtp_timestamp + outlet.timestamp_offset) & 0xFFFFFFFF,
            (self.packets - outlet.packets_before) & 0xFFFFFFFF,
            (self.octets - outlet.octets_before) & 0xFFFFFFFF,
        )
        outlet.send_rtcp(report)

    def _send(self, packet: Packet, more: bool) -> None:
        count = len(self.flowing)
        if not count:
            return
        for fan in self._fans.values():
            fan.send(packet, more)
        self.forwarded += count
        self._forwarded.inc(count)
        self._forwarded_octets.inc(count * len(packet.payload))
