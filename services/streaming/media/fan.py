"""Sending one packet to many: what a source asks of the way out, and how pure Python does it.

There are two ways out that behave the same: this one over libsrtp, and `native`, where a compiler was found. A
process uses one of them for everything: the roll-over counter of a viewer's stream is kept by whoever protects it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Protocol

from pylibsrtp import Session

from .rtp import Packet

if TYPE_CHECKING:
    from .outlet import Outlet


class Target(Protocol):
    """Where one viewer's packets go, and how they are protected."""

    def protect(self, packet: bytes, head: int, index: int) -> bytes:
        """One RTP packet as SRTP. `head` bytes of it are the header; `index` is its number without wrap-around.

        Raises `pylibsrtp.Error` when that cannot be.
        """


class Sending(Protocol):
    """The way out of one socket."""

    def target(self, address: tuple[str, int], session: Session, key: bytes | None) -> Target:
        """A viewer at `address`. `key` is its master key and salt where SRTP is in GCM, else None."""

    def fan(self) -> Fan:
        """A fan for the outlets of one source."""


class Fan(Protocol):
    """The outlets of one source that leave by one socket.

    What an outlet says of itself (numbers, payload type, target) is read when it is added. Who changes it takes it
    out before, and adds it again after.
    """

    def __len__(self) -> int:
        """How many outlets it sends to."""
        ...

    def add(self, outlet: Outlet) -> None:
        """Sends to this outlet too."""

    def remove(self, outlet: Outlet) -> None:
        """Sends to it no more."""

    def send(self, packet: Packet, more: bool) -> None:
        """Sends to all. With `more`, the packet may wait for the rest of its frame."""

    def flush(self) -> None:
        """Lets nothing wait any longer."""

    def replay(self, packets: Iterable[Packet], outlet: Outlet) -> None:
        """Sends these to one outlet, as its own first packets or once more exactly as they were."""

    def retransmit(self, packets: Iterable[Packet], outlet: Outlet) -> None:
        """Sends these to one outlet as RTX (RFC 4588). It must have agreed to that."""


class Batch(Protocol):
    """What pure Python sends by: over UDP (`batch`), or over TCP (`streams`)."""

    def add(
        self, target: Any, first: int, second: int, index: int, timestamp: int, ssrc: int, body: bytes
    ) -> None:
        """One packet: the first two bytes of its header, its other fields, and all that follows them."""

    def flush(self) -> None:
        """No further packet follows at once."""


class PythonFan:
    """Every header by `struct`, every packet by `srtp_protect`; nothing waits."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self._outlets: dict[Outlet, None] = {}

    def __len__(self) -> int:
        return len(self._outlets)

    def add(self, outlet: Outlet) -> None:
        """Sends to this outlet too."""
        self._outlets[outlet] = None

    def remove(self, outlet: Outlet) -> None:
        """Sends to it no more."""
        del self._outlets[outlet]

    def send(self, packet: Packet, more: bool) -> None:
        """One rewritten header and one protection for each outlet; nothing else in this loop."""
        marker = 0x80 if packet.marker else 0
        index, timestamp, payload, add = packet.index, packet.timestamp, packet.payload, self._batch.add
        extension, body = None, b""
        for outlet in self._outlets:
            if index < outlet.first_index:
                continue
            if outlet.shifts:
                extension, body = None, outlet.extension + outlet.shifted(packet)
            elif outlet.extension is not extension:
                extension = outlet.extension
                body = extension + payload
            add(
                outlet.target,
                outlet.first_byte,
                marker | outlet.payload_type,
                index + outlet.index_offset,
                (timestamp + outlet.timestamp_offset) & 0xFFFFFFFF,
                outlet.ssrc,
                body,
            )
        self._batch.flush()

    def flush(self) -> None:
        """Nothing waits."""

    def replay(self, packets: Iterable[Packet], outlet: Outlet) -> None:
        """The same numbers carry the same content again: with GCM nothing else may ever be sent under them."""
        for packet in packets:
            if packet.index >= outlet.first_index:
                number, body = packet.index + outlet.index_offset, outlet.extension + outlet.shifted(packet)
                self._add(outlet, packet, outlet.payload_type, number, outlet.ssrc, body)
        self._batch.flush()

    def retransmit(self, packets: Iterable[Packet], outlet: Outlet) -> None:
        """The retransmission has its own numbers, and begins with the original one."""
        assert outlet.rtx_payload_type is not None
        assert outlet.rtx_ssrc is not None
        for packet in packets:
            original = ((packet.index + outlet.index_offset) & 0xFFFF).to_bytes(2, "big")
            body = outlet.extension + original + outlet.shifted(packet)
            number = outlet.next_retransmission()
            self._add(outlet, packet, outlet.rtx_payload_type, number, outlet.rtx_ssrc, body)
        self._batch.flush()

    def _add(self, outlet: Outlet, packet: Packet, payload_type: int, number: int, ssrc: int, body: bytes) -> None:
        self._batch.add(
            outlet.target,
            outlet.first_byte,
            (0x80 if packet.marker else 0) | payload_type,
            number,
            (packet.timestamp + outlet.timestamp_offset) & 0xFFFFFFFF,
            ssrc,
            body,
        )
