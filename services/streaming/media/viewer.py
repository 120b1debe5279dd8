"""A viewer of a stage: its outlets, and what it says about what arrives."""

from __future__ import annotations

import contextlib
import secrets
import struct

from aiortc.rtp import (
    RTCP_PSFB_APP,
    RTCP_PSFB_FIR,
    RTCP_PSFB_PLI,
    RTCP_RTPFB_NACK,
    AnyRtcpPacket,
    RtcpPsfbPacket,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    unpack_remb_fci,
)

from . import metrics
from .forwarding import Source
from .outlet import Outlet
from .peers import Peer
from .screening import Screening
from .sdp.answer import Agreed, Stream
from .sdp.negotiation import MID
from .sdp.offer import Section


class Viewer:
    """One client that receives, with one outlet for each kind that it agreed to.

    `bitrate` is what the viewer says it can take (REMB, bits/s; 0 before it says), `lost` the fraction of packets
    that it missed lately, `jitter` the larger of its streams' (s, RFC 3550).
    """

    def __init__(self, peer: Peer, agreed: dict[str, tuple[Section, Agreed]]) -> None:
        self.peer = peer
        self.outlets: dict[str, Outlet] = {}
        self.bitrate = 0
        self.lost = self.jitter = 0.0
        for kind, (section, part) in agreed.items():
            if part.stream is not None:
                extensions = {part.extensions[MID]: section.mid.encode()} if MID in part.extensions else {}
                self.outlets[kind] = Outlet(part.stream.ssrc, part.stream.rtx_ssrc, part.formats, extensions)
        self.screenings = {kind: Screening(outlet) for kind, outlet in self.outlets.items()}
        peer.on_rtcp = self.rtcp_received
        peer.agent.moved = self.move

    def move(self) -> None:
        """Sends to the nominated address from now on: at the start, and when the client changes networks."""
        session = self.peer.sending_session
        if session is None:
            return  # the handshake is not over; the stage calls again when it is
        path = self.peer.path
        target = path.batch.target(path.address, session, self.peer.sending_key)
        for kind, outlet in self.outlets.items():
            if (source := self.sources.get(kind)) is not None:
                source.reconnect(outlet, path.batch, target, self.peer.send_rtcp)
            else:
                outlet.connect(path.batch, target, self.peer.send_rtcp)

    @property
    def sources(self) -> dict[str, Source]:
        """What is shown now, by kind."""
        return {kind: s.source for kind, s in self.screenings.items() if s.source is not None}

    @property
    def layer(self) -> str:
        """The simulcast layer that is shown; "" without simulcast, "sound" where there is no picture."""
        return self.screenings["video"].rung if "video" in self.screenings else "sound"

    def watch(self, source: Source) -> None:
        """There is one more source, or one in the place of another."""
        if screening := self.screenings.get(source.kind):
            screening.offer(source)

    def leave(self) -> None:
        """Takes nothing for now: the publisher or the viewer has gone."""
        for screening in self.screenings.values():
            screening.clear()

    def choose(self) -> None:
        """Once a second: the picture that suits what the viewer reports."""
        if screening := self.screenings.get("video"):
            screening.choose(self.bitrate, self.lost)

    def rtcp_received(self, packets: list[AnyRtcpPacket]) -> None:
        """What the viewer reports. It can only concern its own outlets, so a lie harms nobody else."""
        for packet in packets:
            if isinstance(packet, RtcpRtpfbPacket) and packet.fmt == RTCP_RTPFB_NACK:
                self._lost(packet)
            elif isinstance(packet, RtcpPsfbPacket):
                self._wishes(packet)
            elif isinstance(packet, RtcpRrPacket) and packet.reports:
                self.lost = max(report.fraction_lost for report in packet.reports) / 256
                self._note_jitter(packet)

    def _note_jitter(self, packet: RtcpRrPacket) -> None:
        rates = {
            outlet.ssrc: source.clock_rate
            for kind, source in self.sources.items()
            if (outlet := self.outlets[kind])
        }
        jitters = [report.jitter / rates[report.ssrc] for report in packet.reports if report.ssrc in rates]
        self.jitter = max(jitters, default=self.jitter)

    def _lost(self, packet: RtcpRtpfbPacket) -> None:
        for kind, source in self.sources.items():
            outlet = self.outlets[kind]
            if outlet.ssrc == packet.media_ssrc:
                metrics.NACKS_RECEIVED.inc(len(packet.lost))
                source.resend(outlet, packet.lost)

    def _wishes(self, packet: RtcpPsfbPacket) -> None:
        if packet.fmt in (RTCP_PSFB_PLI, RTCP_PSFB_FIR):
            metrics.PLIS_RECEIVED.inc()
            if source := self.sources.get("video"):
                source.key_frames.want()
        elif packet.fmt == RTCP_PSFB_APP:
            with contextlib.suppress(ValueError, struct.error):
                self.bitrate, _ = unpack_remb_fci(packet.fci)


def new_streams(cname: str) -> dict[str, Stream]:
    """What the node would send to a new viewer, by kind: fresh SSRCs under one name, so that lips stay in sync."""
    ssrcs = iter(_distinct_ssrcs(3))
    return {
        "audio": Stream(next(ssrcs), cname, cname),
        "video": Stream(next(ssrcs), cname, cname, rtx_ssrc=next(ssrcs)),
    }


def _distinct_ssrcs(count: int) -> list[int]:
    ssrcs: set[int] = set()
    while len(ssrcs) < count:
        ssrcs.add(secrets.randbelow(0xFFFF_FFFF) + 1)
    return list(ssrcs)
