"""H.264 out of RTP (RFC 6184, packetisation mode 1) into the form that MP4 keeps (ISO/IEC 14496-15).

Parameter sets go into the sample description. They also stay before every key frame: a file with pictures of
several sizes then plays in decoders that read the first description only.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from services.streaming.media.rtp import Packet

_SLICE_IDR, _SPS, _PPS, _DELIMITER, _FILLER = 5, 7, 8, 9, 12
_STAP_A, _FU_A = 24, 28
_LARGEST_FRAME = 4 * 1024 * 1024  # bytes; more is no video of ours, and must not fill the memory


@dataclass(frozen=True)
class Frame:
    """One access unit: NAL units with four bytes of length before each. `timestamp` is that of its packets."""

    timestamp: int
    data: bytes
    key: bool


class Depacketiser:
    """Puts frames together from packets in order.

    A frame of which a packet is missing is dropped, and `damaged` set until somebody has asked for a key frame.
    `parameters` are the newest sequence and picture parameter set; empty before the first.
    """

    def __init__(self) -> None:
        self.parameters = (b"", b"")
        self.damaged = False
        self._expected: int | None = None
        self._timestamp: int | None = None
        self._units: list[bytes] = []
        self._fragments: list[bytes] = []
        self._size = 0
        self._broken = False

    def push(self, packet: Packet) -> list[Frame]:
        """The frames that are complete with this packet: none, one, or rarely two."""
        if not packet.payload:
            self._expected = packet.index + 1  # padding that only probes
            return []
        frames = []
        if packet.timestamp != self._timestamp:
            frames += self._finish()  # its marker was lost, or the sender sets none
            self._timestamp = packet.timestamp
        if self._expected is not None and packet.index != self._expected:
            self._broken = self.damaged = True
        self._expected = packet.index + 1
        self._take(packet.payload)
        if packet.marker:
            frames += self._finish()
        return frames

    def _take(self, payload: bytes) -> None:
        kind = payload[0] & 0x1F
        if kind == _FU_A:
            self._take_fragment(payload)
        elif kind == _STAP_A:
            position = 1
            while position + 2 < len(payload):
                (length,) = struct.unpack_from("!H", payload, position)
                self._add(payload[position + 2 : position + 2 + length])
                position += 2 + length
        elif kind < _STAP_A:
            self._add(payload)

    def _take_fragment(self, payload: bytes) -> None:
        if len(payload) < 3:
            return
        indicator, header = payload[0], payload[1]
        if header & 0x80:  # the first
            self._fragments = [bytes([indicator & 0xE0 | header & 0x1F])]
        elif not self._fragments:
            self._broken = True  # its beginning is lost
            return
        self._fragments.append(payload[2:])
        self._size += len(payload)
        if self._size > _LARGEST_FRAME:
            self._fragments, self._broken = [], True
        elif header & 0x40:  # the last
            unit, self._fragments = b"".join(self._fragments), []
            self._add(unit)

    def _add(self, unit: bytes) -> None:
        if not unit:
            return
        kind = unit[0] & 0x1F
        if kind == _SPS:
            self.parameters = (unit, self.parameters[1])
        elif kind == _PPS:
            self.parameters = (self.parameters[0], unit)
        elif kind not in (_DELIMITER, _FILLER):
            self._units.append(unit)
            self._size += len(unit)

    def _finish(self) -> list[Frame]:
        units, broken, timestamp = self._units, self._broken or bool(self._fragments), self._timestamp
        self._units, self._fragments, self._size, self._broken = [], [], 0, False
        if not units or broken or timestamp is None:
            return []
        key = any(unit[0] & 0x1F == _SLICE_IDR for unit in units)
        if key:
            units = [*filter(None, self.parameters), *units]
        return [Frame(timestamp, b"".join(struct.pack("!L", len(unit)) + unit for unit in units), key)]
