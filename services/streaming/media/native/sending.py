"""The way out in C: tables of rows and packets, filled here and read by `fan_out`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import ModuleType
from typing import Any

import pylibsrtp
from pylibsrtp import Session
from pylibsrtp._binding import ffi as srtp_ffi

from services.streaming.media import metrics
from services.streaming.media.batch import socket_address
from services.streaming.media.outlet import Outlet
from services.streaming.media.rtp import Packet

HELD = 32  # packets of one frame that wait for its last
_LONGEST_TRAILER = 144  # bytes that protection adds at most (SRTP_MAX_TRAILER_LEN)


class NativeTarget:
    """A viewer's address and cipher, with what they are made of kept alive."""

    def __init__(self, module: ModuleType, address: tuple[str, int], session: Session, key: bytes | None) -> None:
        self.address, self._session = socket_address(address), session
        if key is None:
            handle = module.ffi.cast("void *", int(srtp_ffi.cast("uintptr_t", session._srtp[0])))
            made = module.lib.cipher_of_session(handle)
        else:
            made = module.lib.cipher_new(key[:-12], len(key) - 12, key[-12:])
        if made == module.ffi.NULL:
            raise MemoryError("no cipher for a viewer")
        self.cipher = module.ffi.gc(made, module.lib.cipher_free)
        self._module = module

    def protect(self, packet: bytes, head: int, index: int) -> bytes:
        """One RTP packet as SRTP."""
        buffer = self._module.ffi.new("uint8_t[]", packet + bytes(_LONGEST_TRAILER))
        length = self._module.lib.cipher_protect(self.cipher, buffer, head, len(packet), index)
        if length < 0:
            raise pylibsrtp.Error("the packet could not be protected")
        return self._module.ffi.buffer(buffer, length)[:]


class NativeSending:
    """The way out of one socket. With `segment`, packets of a frame go to the kernel as one (UDP GSO)."""

    def __init__(self, module: ModuleType, descriptor: int, segment: bool = True) -> None:
        self.module = module
        made = module.lib.sender_new(descriptor, segment)
        if made == module.ffi.NULL:
            raise MemoryError("no buffer for a socket")
        self.sender = module.ffi.gc(made, module.lib.sender_free)

    def target(self, address: tuple[str, int], session: Session, key: bytes | None) -> NativeTarget:
        """A viewer at `address`."""
        return NativeTarget(self.module, address, session, key)

    def fan(self) -> NativeFan:
        """A fan for the outlets of one source."""
        return NativeFan(self)


class NativeFan:
    """Packets wait for the last one of their frame, so that those of one viewer leave together."""

    def __init__(self, sending: NativeSending) -> None:
        self._sending = sending
        self._ffi, self._fan_out = sending.module.ffi, sending.module.lib.fan_out
        self._places: dict[Outlet, int] = {}
        self._outlets: list[Outlet] = []
        self._kept: list[Any] = []  # the rows that the table points to
        self._table = self._ffi.new("struct row *[]", 16)
        self._packets = self._ffi.new("struct packet[]", HELD)
        self._waiting: list[Packet] = []

    def __len__(self) -> int:
        return len(self._outlets)

    def add(self, outlet: Outlet) -> None:
        """Sends to this outlet too; not what is waiting, which it either has or must not have."""
        self.flush()
        place = self._places[outlet] = len(self._outlets)
        if place == len(self._table):
            table = self._ffi.new("struct row *[]", 2 * place)
            table[0:place] = self._table[0:place]
            self._table = table
        self._outlets.append(outlet)
        self._kept.append(self._row(outlet))
        self._table[place] = self._kept[place]

    def remove(self, outlet: Outlet) -> None:
        """Sends to it no more; the last one takes its place."""
        self.flush()
        place = self._places.pop(outlet)
        last, row = self._outlets.pop(), self._kept.pop()
        if last is not outlet:
            self._places[last] = place
            self._outlets[place], self._kept[place], self._table[place] = last, row, row

    def send(self, packet: Packet, more: bool) -> None:
        """Sends to all, perhaps a little later."""
        waiting = self._waiting
        if waiting and waiting[0].timestamp != packet.timestamp:
            self.flush()  # the last packet of the frame before is missing
        waiting.append(packet)
        if not more or len(waiting) == HELD:
            self.flush()

    def flush(self) -> None:
        """Lets nothing wait any longer."""
        if self._waiting:
            if self._outlets:
                self._send(self._table, len(self._outlets), self._waiting)
            self._waiting.clear()

    def replay(self, packets: Iterable[Packet], outlet: Outlet) -> None:
        """The same numbers carry the same content again: with GCM nothing else may ever be sent under them."""
        self._send_to(self._row(outlet), list(packets))

    def retransmit(self, packets: Iterable[Packet], outlet: Outlet) -> None:
        """The retransmission has its own numbers, and begins with the original one."""
        row = self._row(outlet)
        row.ssrc, row.payload_type = outlet.rtx_ssrc, outlet.rtx_payload_type
        row.first_index = row.index_offset = 0
        packets = list(packets)
        originals = [(packet.index + outlet.index_offset) & 0xFFFF for packet in packets]
        self._send_to(row, packets, originals, [outlet.next_retransmission() for _ in packets])

    def _row(self, outlet: Outlet) -> Any:
        target = outlet.target
        assert isinstance(target, NativeTarget)
        row = self._ffi.new("struct row *")
        row.cipher, row.ssrc, row.payload_type = target.cipher, outlet.ssrc, outlet.payload_type
        row.index_offset, row.first_index = outlet.index_offset, outlet.first_index
        row.timestamp_offset = outlet.timestamp_offset
        row.picture_offset, row.tl0_offset = outlet.picture_offset, outlet.tl0_offset
        row.extension_length, row.address_length = len(outlet.extension), len(target.address)
        self._ffi.memmove(row.extension, outlet.extension, len(outlet.extension))
        self._ffi.memmove(row.address, target.address, len(target.address))
        return row

    def _send_to(
        self, row: Any, packets: list[Packet], originals: Sequence[int] = (), numbers: Sequence[int] = ()
    ) -> None:
        for start in range(0, len(packets), HELD):
            end, only = start + HELD, self._ffi.new("struct row *[]", [row])
            self._send(only, 1, packets[start:end], originals[start:end], numbers[start:end])

    def _send(
        self,
        rows: Any,
        row_count: int,
        packets: list[Packet],
        originals: Sequence[int] = (),
        numbers: Sequence[int] = (),
    ) -> None:
        for i, packet in enumerate(packets):
            entry = self._packets[i]
            entry.payload, entry.length = self._ffi.from_buffer(packet.payload), len(packet.payload)
            entry.index = numbers[i] if numbers else packet.index
            entry.original = originals[i] if originals else -1
            entry.timestamp, entry.marker = packet.timestamp, packet.marker
            entry.picture_at, entry.tl0_at = packet.picture_at, packet.tl0_at
        tally = self._fan_out(self._sending.sender, rows, row_count, self._packets, len(packets))
        if tally.unsent:
            metrics.DROPPED_UNSENT.inc(tally.unsent)
        if tally.unprotected:
            metrics.DROPPED_UNPROTECTED.inc(tally.unprotected)
