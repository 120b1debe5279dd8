"""The hot path: one packet of a publisher in, one rewritten packet for each viewer out.

A `Source` is one stream of a publisher, an `Outlet` one stream to a viewer. Only the header is rewritten (SSRC,
sequence number, timestamp, payload type, extensions); the payload is the publisher's, byte for byte.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from aiortc.rtp import RtcpSenderInfo, RtcpSrPacket

from . import metrics
from .keyframes import starts_key_frame
from .outlet import Outlet
from .repair import KeyFrameRequests, LossTracker, Ring
from .rtp import Packet, unroll
from .sdp.codecs import Format
from .tap import Taps

_FRESH = 1.0  # s: a key frame this young is replayed to a new viewer, since no newer one may be asked for yet
_RESENDS = 128  # packets a viewer may have again within 100 ms


class Source:
    """One stream of a publisher and the outlets that it feeds.

    An outlet waits until a packet comes that a decoder can begin with, then flows. `losses` and `key_frames` say
    what to ask of the publisher; whoever sends it feedback polls them.
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
        self.flowing: list[Outlet] = []
        self.waiting: list[Outlet] = []
        self.highest = -1
        self.newest_timestamp = 0
        self.newest_at = 0.0
        self.packets = self.octets = 0
        self._received = metrics.PACKETS_RECEIVED.labels(kind)
        self._forwarded = metrics.PACKETS_FORWARDED.labels(kind)
        self._forwarded_octets = metrics.OCTETS_FORWARDED.labels(kind)
        self._clock = clock
        self._key_frame: Packet | None = None  # the packet that the last key frame begins with
        self._key_frame_at = float("-inf")
        self._report: RtcpSenderInfo | None = None

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
        if packet.index > self.highest:
            now = self._clock()
            self.highest, self.newest_timestamp, self.newest_at = packet.index, packet.timestamp, now
            if packet.payload and starts_key_frame(self.format.name, packet.payload):
                self._begin_with(packet, now)
        self._send(packet, self.flowing)
        if self.taps:
            self.taps.packet(self, packet)
        return True

    def attach(self, outlet: Outlet) -> None:
        """Feeds an outlet, from a key frame on: the last one when it is fresh, else one that is asked for."""
        if not outlet.use(self.format):
            return  # the viewer has not agreed to this codec
        self.waiting.append(outlet)
        first = self._key_frame
        if first is None or self._clock() - self._key_frame_at > _FRESH or self.ring.get(first.index) is None:
            self.key_frames.want()
            return
        self._start(outlet, first)
        for index in range(first.index, self.highest + 1):
            if packet := self.ring.get(index):
                self._send(packet, [outlet])

    def detach(self, outlet: Outlet) -> None:
        """Feeds the outlet no more, and lets it remember where to go on."""
        if outlet in self.flowing:
            self.flowing.remove(outlet)
            outlet.pause(self.highest, self.newest_timestamp, self.newest_at)
        elif outlet in self.waiting:
            self.waiting.remove(outlet)

    def resend(self, outlet: Outlet, sequence_numbers: list[int]) -> None:
        """Answers a viewer's NACK from the ring, as far as its allowance goes."""
        if outlet not in self.flowing:
            return
        for number in sequence_numbers[: outlet.allowance(self._clock(), _RESENDS)]:
            index = unroll(outlet.original(number), self.highest)
            packet = self.ring.get(index)
            if packet is not None and index >= outlet.first_index:
                outlet.resend(packet)
                metrics.PACKETS_RESENT.inc()
        outlet.batch.flush()

    def sender_report(self, info: RtcpSenderInfo) -> None:
        """Passes the publisher's clock on, so that audio and video stay together at every viewer."""
        self._report = info
        self.taps.reported(self, info)
        for outlet in self.flowing:
            self._pass_report(outlet)

    def _begin_with(self, packet: Packet, now: float) -> None:
        """A key frame: those who waited for it start here."""
        last = self._key_frame
        if last is None or last.timestamp != packet.timestamp:  # not a further packet of the same frame
            self._key_frame, self._key_frame_at = packet, now
        self.key_frames.satisfied()
        for outlet in list(self.waiting):
            self._start(outlet, packet)

    def _start(self, outlet: Outlet, packet: Packet) -> None:
        outlet.start(packet, self._clock(), self.clock_rate, self.packets, self.octets)
        self.waiting.remove(outlet)
        self.flowing.append(outlet)
        self._pass_report(outlet)

    def _pass_report(self, outlet: Outlet) -> None:
        if self._report is None:
            return
        info = RtcpSenderInfo(
            ntp_timestamp=self._report.ntp_timestamp,
            rtp_timestamp=(self._report.rtp_timestamp + outlet.timestamp_offset) & 0xFFFFFFFF,
            packet_count=(self.packets - outlet.packets_before) & 0xFFFFFFFF,
            octet_count=(self.octets - outlet.octets_before) & 0xFFFFFFFF,
        )
        outlet.send_rtcp(bytes(RtcpSrPacket(ssrc=outlet.ssrc, sender_info=info)))

    def _send(self, packet: Packet, outlets: list[Outlet]) -> None:
        """One rewritten header and one protection for each outlet; nothing else in this loop."""
        marker = 0x80 if packet.marker else 0
        index, number, timestamp = packet.index, packet.sequence_number, packet.timestamp
        extension, body, batch, sent = None, b"", None, 0
        for outlet in outlets:
            if index < outlet.first_index:
                continue
            if outlet.extension is not extension:
                extension = outlet.extension
                body = extension + packet.payload
            if outlet.batch is not batch:
                if batch is not None:
                    batch.flush()
                batch = outlet.batch
            batch.add(
                outlet.target,
                outlet.first_byte,
                marker | outlet.payload_type,
                (number + outlet.sequence_offset) & 0xFFFF,
                (timestamp + outlet.timestamp_offset) & 0xFFFFFFFF,
                outlet.ssrc,
                body,
            )
            sent += 1
        if batch is not None:
            batch.flush()
            self._forwarded.inc(sent)
            self._forwarded_octets.inc(sent * len(packet.payload))
