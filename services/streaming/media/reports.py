"""Receiver reports to a publisher (RFC 3550, 6.4.2): what arrived, and how long the round trip is."""

from __future__ import annotations

import time
from typing import cast

from aiortc.rtcrtpreceiver import StreamStatistics
from aiortc.rtp import RtcpReceiverInfo, RtpPacket

from .rtp import Packet


class Reception:
    """Loss and jitter of one source, with the timing that lets the publisher measure the round trip."""

    def __init__(self, ssrc: int, clock_rate: int) -> None:
        self._ssrc = ssrc
        self._statistics = StreamStatistics(clock_rate)
        self._last_report = 0  # middle 32 bits of the NTP time of the last sender report
        self._last_report_at = 0.0

    def add(self, packet: Packet) -> None:
        """One packet arrived."""
        self._statistics.add(cast(RtpPacket, packet))  # it reads the number and the timestamp, no more

    def sender_report(self, ntp_timestamp: int) -> None:
        """A sender report arrived."""
        self._last_report = (ntp_timestamp >> 16) & 0xFFFFFFFF
        self._last_report_at = time.monotonic()

    def block(self) -> RtcpReceiverInfo | None:
        """The report block since the last one; None before the first packet."""
        statistics = self._statistics
        if statistics.max_seq is None:
            return None
        delay = int((time.monotonic() - self._last_report_at) * 65536) if self._last_report else 0
        return RtcpReceiverInfo(
            ssrc=self._ssrc,
            fraction_lost=min(255, statistics.fraction_lost),
            packets_lost=statistics.packets_lost,
            highest_sequence=(statistics.cycles + statistics.max_seq) & 0xFFFFFFFF,
            jitter=statistics.jitter & 0xFFFFFFFF,
            lsr=self._last_report,
            dlsr=delay & 0xFFFFFFFF,
        )
