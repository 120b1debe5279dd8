"""One stream to one viewer: its numbers, which go on without a gap whoever publishes."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from aiortc.rtp import RtcpSenderInfo

from .fan import Sending, Target
from .rtp import Packet, pack_extensions
from .sdp.codecs import Format, matching
from .vp8 import Numbers, shifted

_ALLOWANCE_WINDOW = 0.1  # s
_LONGEST_BLOCK = 72  # bytes of header extensions; a mid has at most 32 characters


class Outlet:
    """Where one stream of a viewer is in its numbering.

    `index_offset` and `timestamp_offset` turn a source's numbers into the viewer's; an index is a sequence number
    without wrap-around. Packets before `first_index` are never sent: their numbers belong to an earlier source,
    and with GCM no number may be used for two contents.
    """

    __slots__ = (
        "_clock",
        "_numbers",
        "_resent",
        "_rtx_number",
        "_window",
        "extension",
        "first_byte",
        "first_index",
        "formats",
        "index_offset",
        "last_timestamp",
        "next_index",
        "octets_before",
        "packets_before",
        "paused_at",
        "payload_type",
        "picture_offset",
        "resent",
        "rtx_payload_type",
        "rtx_ssrc",
        "send_rtcp",
        "sending",
        "ssrc",
        "target",
        "timestamp_offset",
        "tl0_offset",
    )

    sending: Sending
    target: Target

    def __init__(
        self, ssrc: int, rtx_ssrc: int | None, formats: list[Format], extensions: dict[int, bytes]
    ) -> None:
        self.ssrc, self.rtx_ssrc, self.formats = ssrc, rtx_ssrc, formats
        # Equal blocks are one object: the loop over the viewers compares by identity.
        self.extension = _shared(pack_extensions(extensions))
        if len(self.extension) > _LONGEST_BLOCK:
            raise ValueError("the header extensions are too long")
        self.first_byte = 0x90 if self.extension else 0x80
        self.payload_type = 0
        self.rtx_payload_type: int | None = None
        self.send_rtcp: Callable[[bytes], None] = lambda data: None
        self.index_offset = self.timestamp_offset = self.first_index = 0
        self.picture_offset = self.tl0_offset = 0
        self.packets_before = self.octets_before = 0
        # RFC 3550 wants a random start; below 2^15 so that the first wrap-around is far (libsrtp guesses it).
        self.next_index = secrets.randbits(15)
        self.last_timestamp = secrets.randbits(32)
        self.paused_at: float | None = None
        self.resent = 0  # packets, since the viewer came
        self._rtx_number = secrets.randbits(15)
        self._numbers: Numbers | None = None
        self._clock: tuple[int, int] | None = None  # an NTP time, and the viewer's timestamp then
        self._window = 0.0
        self._resent = 0

    @property
    def retransmits(self) -> bool:
        """Whether what is sent again goes as RTX."""
        return self.rtx_payload_type is not None and self.rtx_ssrc is not None

    @property
    def shifts(self) -> bool:
        """Whether VP8's own numbers are not the publisher's."""
        return bool(self.picture_offset or self.tl0_offset)

    def connect(self, sending: Sending, target: Target, send_rtcp: Callable[[bytes], None]) -> None:
        """The viewer's transport is ready, or has moved to another address."""
        self.sending, self.target, self.send_rtcp = sending, target, send_rtcp

    def use(self, wanted: Format) -> bool:
        """Sends in the viewer's payload type for this format from now on. False when it has none."""
        chosen = matching(self.formats, wanted)
        if chosen is None:
            return False
        self.payload_type = chosen.codec.payload_type
        self.rtx_payload_type = chosen.rtx
        return True

    def start(
        self,
        packet: Packet,
        now: float,
        clock_rate: int,
        packets: int,
        octets: int,
        numbers: Numbers | None = None,
        report: RtcpSenderInfo | None = None,
    ) -> None:
        """Goes on with `packet` as the next one.

        `packets` and `octets` are what the source has counted so far, `numbers` VP8's own of this packet. The
        timestamp goes on by the time that passed, or by the publisher's clock where the `report` of this source
        and that of the one before tell it.
        """
        self.index_offset = self.next_index - packet.index
        self.timestamp_offset = self._timestamp_offset(packet, now, clock_rate, report)
        self.first_index = packet.index
        self.packets_before, self.octets_before = packets, octets
        if numbers is not None and self._numbers is not None:
            self.picture_offset = (self._numbers.picture + 1 - numbers.picture) & 0x7FFF
            self.tl0_offset = (self._numbers.tl0 + 1 - numbers.tl0) & 0xFF

    def pause(
        self,
        highest: int,
        newest_timestamp: int,
        newest_at: float,
        numbers: Numbers | None = None,
        report: RtcpSenderInfo | None = None,
    ) -> None:
        """The source stops here: remembers its last numbers in the viewer's terms."""
        self.next_index = highest + 1 + self.index_offset
        self.last_timestamp = (newest_timestamp + self.timestamp_offset) & 0xFFFFFFFF
        self.paused_at = newest_at
        self._clock = (report.ntp_timestamp, report.rtp_timestamp + self.timestamp_offset) if report else None
        if numbers is not None:
            self._numbers = Numbers(numbers.picture + self.picture_offset, numbers.tl0 + self.tl0_offset)

    def original(self, number: int) -> int:
        """The source's sequence number for one of the viewer's."""
        return (number - self.index_offset) & 0xFFFF

    def shifted(self, packet: Packet) -> bytes:
        """The payload with VP8's numbers as this viewer counts them."""
        return shifted(packet, self.picture_offset, self.tl0_offset) if self.shifts else packet.payload

    def allowed(self, now: float, count: int, limit: int) -> int:
        """How many of `count` packets may be sent again now: a NACK that lies is no amplifier."""
        if now - self._window > _ALLOWANCE_WINDOW:
            self._window, self._resent = now, 0
        granted = min(count, max(0, limit - self._resent))
        self._resent += granted
        self.resent += granted
        return granted

    def next_retransmission(self) -> int:
        """The number of the next RTX packet, without wrap-around."""
        self._rtx_number += 1
        return self._rtx_number

    def _timestamp_offset(self, packet: Packet, now: float, clock_rate: int, report: RtcpSenderInfo | None) -> int:
        passed = 0 if self.paused_at is None else max(1, int((now - self.paused_at) * clock_rate))
        offset = (self.last_timestamp + passed - packet.timestamp) & 0xFFFFFFFF
        if self._clock is None or report is None:
            return offset
        ntp, timestamp = self._clock
        aligned = timestamp + ((report.ntp_timestamp - ntp) * clock_rate >> 32) - report.rtp_timestamp
        forward = (packet.timestamp + aligned - self.last_timestamp) & 0xFFFFFFFF
        return aligned & 0xFFFFFFFF if 0 < forward < 10 * clock_rate else offset  # time never runs backwards


_blocks: dict[bytes, bytes] = {}


def _shared(block: bytes) -> bytes:
    """One object for all equal extension blocks; there are few (a mid of one or two characters)."""
    if len(_blocks) > 1024:
        _blocks.clear()  # only identity is lost, and with it a little speed
    return _blocks.setdefault(block, block)
