"""The publisher of a stage: takes its RTP apart into sources, and gives it the feedback that it needs."""

from __future__ import annotations

import struct
from collections.abc import Callable

from aiortc.rtp import (
    RTCP_PSFB_PLI,
    RTCP_RTPFB_NACK,
    AnyRtcpPacket,
    RtcpPsfbPacket,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    RtcpSrPacket,
)

from . import metrics, rtp
from .congestion import TransportFeedback
from .forwarding import Source
from .peers import Peer
from .reports import Reception
from .sdp.answer import Agreed
from .sdp.codecs import Format
from .sdp.negotiation import REPAIRED_RID, RID, TRANSPORT_CC

_REPORT_INTERVAL = 1.0  # s
_MOST_SSRCS = 64  # of one publisher: its layers, each with its retransmissions, begun anew some times
_OUR_SSRC = 1  # feedback needs a sender; nothing is sent under it


class Publisher:
    """One client that sends.

    `on_source` is called with every new source before its first packet is forwarded. A stream that comes back with
    another SSRC begins a new numbering, hence is a new source.
    """

    def __init__(self, peer: Peer, agreed: list[Agreed], on_source: Callable[[Publisher, Source], None]) -> None:
        self.peer = peer
        self.sources: dict[str, Source] = {}
        self.last_packet_at: float | None = None
        self._on_source = on_source
        self._formats: dict[int, tuple[str, Format]] = {}
        self._retransmissions: dict[int, int] = {}
        self._receptions: dict[str, Reception] = {}
        self._layers: dict[int, str] = {}  # the RID of an SSRC, which only its first packets tell
        self._layer_extensions: tuple[int, ...] = ()
        self._names: tuple[str, ...] = ()
        self._feedback = TransportFeedback()
        self._feedback_extension = 0
        self._media_ssrc = 0
        self._reported_at = 0.0
        for part in agreed:
            self._feedback_extension = part.extensions.get(TRANSPORT_CC, self._feedback_extension)
            if part.layers:
                self._layer_extensions = tuple(
                    part.extensions[uri] for uri in (RID, REPAIRED_RID) if uri in part.extensions
                )
                self._names = part.layers
            for format_ in part.formats:
                number = format_.codec.payload_type
                self._formats[number] = ("audio" if format_.name == "opus" else "video", format_)
                if format_.rtx is not None:
                    self._retransmissions[format_.rtx] = number
        peer.on_rtp, peer.on_rtcp = self.rtp_received, self.rtcp_received

    @property
    def formats(self) -> dict[str, Format]:
        """What is published, by kind, as negotiated."""
        return dict(self._formats.values())

    @property
    def layers(self) -> tuple[str, ...]:
        """The simulcast layers that were agreed; none without simulcast."""
        return self._names

    def rtp_received(self, data: bytes, arrival: float) -> None:
        """One decrypted RTP packet, and when it came (s). Raises ValueError when it is malformed."""
        packet = rtp.parse(data)
        self.last_packet_at = arrival
        number = packet.extensions.get(self._feedback_extension)
        if number is not None and len(number) == 2:
            self._feedback.record(int.from_bytes(number, "big"), arrival)
            self._media_ssrc = packet.ssrc
        self._note_layer(packet)
        if packet.payload_type in self._retransmissions:
            self._retransmission_received(packet)
        elif packet.payload_type in self._formats:
            source = self._source(packet)
            if source.receive(packet):
                self._receptions[source.name].add(packet)
        else:
            metrics.DROPPED_UNKNOWN.inc()

    def rtcp_received(self, packets: list[AnyRtcpPacket]) -> None:
        """Sender reports go on to the viewers; the rest says nothing new."""
        for packet in packets:
            if isinstance(packet, RtcpSrPacket):
                for name, source in self.sources.items():
                    if source.ssrc == packet.ssrc:
                        self._receptions[name].sender_report(packet.sender_info.ntp_timestamp)
                        source.sender_report(packet.sender_info)

    def feed_back(self, now: float) -> None:
        """What the publisher should hear at `now` (s): arrival times, losses, wishes for key frames, reports."""
        messages = [self._feedback.pack(_OUR_SSRC, self._media_ssrc) or b""]
        for source in self.sources.values():
            source.flush()
            if lost := source.losses.due(now) if source.kind == "video" else []:
                numbers = [index & 0xFFFF for index in lost]
                nack = RtcpRtpfbPacket(RTCP_RTPFB_NACK, ssrc=_OUR_SSRC, media_ssrc=source.ssrc, lost=numbers)
                messages.append(bytes(nack))
                metrics.NACKS_SENT.inc(len(lost))
            if source.key_frames.due(now):
                messages.append(bytes(RtcpPsfbPacket(RTCP_PSFB_PLI, ssrc=_OUR_SSRC, media_ssrc=source.ssrc)))
                metrics.PLIS_SENT.inc()
        if now - self._reported_at >= _REPORT_INTERVAL:
            self._reported_at = now
            messages.insert(0, self._receiver_report())
        for message in filter(None, messages):
            self.peer.send_rtcp(message)

    def _source(self, packet: rtp.Packet) -> Source:
        """The source of this packet; a new one where the stream or its SSRC is new."""
        kind, format_ = self._formats[packet.payload_type]
        layer = self._layers.get(packet.ssrc, "") if kind == "video" else ""
        known = self.sources.get(kind + layer)
        if known is not None and known.ssrc == packet.ssrc:
            return known
        source = Source(kind, format_, packet.ssrc, layer=layer)
        self.sources[source.name] = source
        self._receptions[source.name] = Reception(packet.ssrc, source.clock_rate)
        self._on_source(self, source)
        return source

    def _note_layer(self, packet: rtp.Packet) -> None:
        """Remembers which simulcast layer an SSRC is (RFC 8852). What the answer did not name is no layer."""
        for extension in self._layer_extensions:
            value = packet.extensions.get(extension)
            if value is not None and len(self._layers) < _MOST_SSRCS:
                name = value.decode("ascii", "replace")
                if name in self._names:
                    self._layers[packet.ssrc] = name

    def _retransmission_received(self, packet: rtp.Packet) -> None:
        """Unwraps RTX (RFC 4588): the original number comes first. Padding that only probes has no payload."""
        payload_type = self._retransmissions[packet.payload_type]
        source = self.sources.get(self._formats[payload_type][0] + self._layers.get(packet.ssrc, ""))
        if source is None or len(packet.payload) < 2:
            return
        (packet.sequence_number,) = struct.unpack_from("!H", packet.payload)
        packet.payload, packet.payload_type, packet.ssrc = packet.payload[2:], payload_type, source.ssrc
        source.receive(packet)

    def _receiver_report(self) -> bytes:
        blocks = [block for reception in self._receptions.values() if (block := reception.block())]
        return bytes(RtcpRrPacket(ssrc=_OUR_SSRC, reports=blocks)) if blocks else b""
