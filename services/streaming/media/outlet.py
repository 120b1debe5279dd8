"""One stream to one viewer: its numbers, which go on without a gap whoever publishes."""

from __future__ import annotations

import secrets
import struct
from collections.abc import Callable

from .batch import Batch, Target
from .rtp import Packet, pack_extensions
from .sdp.codecs import Format, matching

_ALLOWANCE_WINDOW = 0.1  # s


class Outlet:
    """Where one stream of a viewer is in its numbering.

    `sequence_offset` and `timestamp_offset` turn a source's numbers into the viewer's. Packets before
    `first_index` are never sent: their numbers belong to an earlier source, and with GCM no number may be used
    for two contents.
    """

    __slots__ = (
        "_resent",
        "_rtx_number",
        "_window",
        "batch",
        "extension",
        "first_byte",
        "first_index",
        "formats",
        "last_timestamp",
        "next_number",
        "octets_before",
        "packets_before",
        "paused_at",
        "payload_type",
        "rtx_payload_type",
        "rtx_ssrc",
        "send_rtcp",
        "sequence_offset",
        "ssrc",
        "target",
        "timestamp_offset",
    )

    batch: Batch
    target: Target

    def __init__(
        self, ssrc: int, rtx_ssrc: int | None, formats: list[Format], extensions: dict[int, bytes]
    ) -> None:
        self.ssrc, self.rtx_ssrc, self.formats = ssrc, rtx_ssrc, formats
        # Equal blocks are one object: the loop over the viewers compares by identity.
        self.extension = _shared(pack_extensions(extensions))
        self.first_byte = 0x90 if self.extension else 0x80
        self.payload_type = 0
        self.rtx_payload_type: int | None = None
        self.send_rtcp: Callable[[bytes], None] = lambda data: None
        self.sequence_offset = self.timestamp_offset = self.first_index = 0
        self.packets_before = self.octets_before = 0
        # RFC 3550 wants a random start; below 2^15 so that the first wrap-around is far (libsrtp guesses it).
        self.next_number = secrets.randbits(15)
        self.last_timestamp = secrets.randbits(32)
        self.paused_at: float | None = None
        self._rtx_number = secrets.randbits(15)
        self._window = 0.0
        self._resent = 0

    def connect(self, batch: Batch, target: Target, send_rtcp: Callable[[bytes], None]) -> None:
        """The viewer's transport is ready, or has moved to another address."""
        self.batch, self.target, self.send_rtcp = batch, target, send_rtcp

    def use(self, wanted: Format) -> bool:
        """Sends in the viewer's payload type for this format from now on. False when it has none."""
        chosen = matching(self.formats, wanted)
        if chosen is None:
            return False
        self.payload_type = chosen.codec.payload_type
        self.rtx_payload_type = chosen.rtx
        return True

    def start(self, packet: Packet, now: float, clock_rate: int, packets: int, octets: int) -> None:
        """Goes on with `packet` as the next one. `packets` and `octets` are what the source has counted so far."""
        elapsed = 0 if self.paused_at is None else max(1, int((now - self.paused_at) * clock_rate))
        self.sequence_offset = (self.next_number - packet.sequence_number) & 0xFFFF
        self.timestamp_offset = (self.last_timestamp + elapsed - packet.timestamp) & 0xFFFFFFFF
        self.first_index = packet.index
        self.packets_before, self.octets_before = packets, octets

    def pause(self, highest: int, newest_timestamp: int, newest_at: float) -> None:
        """The source stops here: remembers its last numbers in the viewer's terms."""
        self.next_number = (highest + 1 + self.sequence_offset) & 0xFFFF
        self.last_timestamp = (newest_timestamp + self.timestamp_offset) & 0xFFFFFFFF
        self.paused_at = newest_at

    def original(self, number: int) -> int:
        """The source's sequence number for one of the viewer's."""
        return (number - self.sequence_offset) & 0xFFFF

    def allowance(self, now: float, limit: int) -> int:
        """How many more packets may be sent again now: a NACK that lies is no amplifier."""
        if now - self._window > _ALLOWANCE_WINDOW:
            self._window, self._resent = now, 0
        return max(0, limit - self._resent)

    def resend(self, packet: Packet) -> None:
        """Adds a packet to the batch again: as RTX (RFC 4588) where agreed, else exactly as it was."""
        self._resent += 1
        marker = 0x80 if packet.marker else 0
        number = (packet.sequence_number + self.sequence_offset) & 0xFFFF
        timestamp = (packet.timestamp + self.timestamp_offset) & 0xFFFFFFFF
        if self.rtx_payload_type is None or self.rtx_ssrc is None:
            second, ssrc, body = marker | self.payload_type, self.ssrc, self.extension + packet.payload
        else:
            second, ssrc = marker | self.rtx_payload_type, self.rtx_ssrc
            body = self.extension + struct.pack("!H", number) + packet.payload
            number, self._rtx_number = self._rtx_number, (self._rtx_number + 1) & 0xFFFF
        self.batch.add(self.target, self.first_byte, second, number, timestamp, ssrc, body)


_blocks: dict[bytes, bytes] = {}


def _shared(block: bytes) -> bytes:
    """One object for all equal extension blocks; there are few (a mid of one or two characters)."""
    if len(_blocks) > 1024:
        _blocks.clear()  # only identity is lost, and with it a little speed
    return _blocks.setdefault(block, block)
