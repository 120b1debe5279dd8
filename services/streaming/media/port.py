"""One UDP port for all peers of the process, shared by what runs over it (RFC 7983).

STUN finds its peer by the user name fragment, everything else by the address that an authenticated STUN check came
from. So no peer needs a socket of its own, packets of strangers end here, and one `sendmmsg` serves many viewers.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import time
from collections.abc import Callable, Iterable
from typing import cast

from aioice import Candidate, Connection, stun
from aioice.candidate import candidate_foundation, candidate_priority
from aioice.ice import StunProtocol

from . import metrics
from .batch import Batch

Address = tuple[str, int]

_BUFFER = 4 << 20  # bytes: a key frame for hundreds of viewers leaves at once
_ADDRESSES_PER_LANE = 8  # a peer moves between networks, but not without end
COMPONENT = 1
_LONGEST_DATAGRAM = 2048  # bytes; what is longer is cut, and then fails its authentication
_DATAGRAMS_A_TURN = 64
_TIMESTAMP = 35  # SO_TIMESTAMPNS, and the kind of its answer (Linux); Python has no name for it
_TIMESPEC = struct.Struct("@ll")
_ANCILLARY_SIZE = socket.CMSG_SPACE(_TIMESPEC.size)


class Lane(StunProtocol):
    """One peer's share of a port: aioice's socket, as far as aioice can tell."""

    def __init__(self, connection: Connection, port: SharedPort) -> None:
        super().__init__(connection)
        self.port = port
        self.addresses: set[Address] = set()
        self.media_received: Callable[[bytes, float], None] = _discard
        self.heard_at = time.time()
        self.connection_made(cast(asyncio.DatagramTransport, _LaneTransport(self)))


class _LaneTransport:
    """What a lane sends through."""

    def __init__(self, lane: Lane) -> None:
        self._lane = lane

    def sendto(self, data: bytes, address: Address) -> None:
        self._lane.port.send(data, address)

    def close(self) -> None:
        self._lane.port.leave(self._lane)
        self._lane.connection_lost(None)


class SharedPort:
    """A bound UDP socket and the lanes on it.

    The kernel stamps the arrival of every datagram: a node that is busy for a moment must not look like a
    congested network to the publishers' bandwidth estimate.
    """

    def __init__(self, bound: socket.socket, announced: str = "") -> None:
        self._socket = bound
        host, number = bound.getsockname()[:2]
        self.address: Address = (announced or host, number)
        self.batch = Batch(bound.fileno())
        self._by_fragment: dict[str, Lane] = {}
        self._by_address: dict[Address, Lane] = {}
        asyncio.get_running_loop().add_reader(bound, self._readable)

    @property
    def lanes(self) -> int:
        """How many peers have a lane here."""
        return len(self._by_fragment)

    @property
    def addresses(self) -> int:
        """How many remote addresses are known to belong to a peer."""
        return len(self._by_address)

    def send(self, data: bytes, address: Address) -> None:
        """Sends one datagram, or loses it where the kernel has no room or no way."""
        try:
            self._socket.sendto(data, address)
        except OSError:
            metrics.DROPPED_UNSENT.inc()

    def close(self) -> None:
        """Gives the port back."""
        asyncio.get_running_loop().remove_reader(self._socket)
        self._socket.close()

    def join(self, connection: Connection) -> Lane:
        """A lane for a new peer, with its host candidate."""
        lane = Lane(connection, self)
        lane.local_candidate = Candidate(
            foundation=candidate_foundation("host", "udp", self.address[0]),
            component=COMPONENT,
            transport="udp",
            priority=candidate_priority(COMPONENT, "host"),
            host=self.address[0],
            port=self.address[1],
            type="host",
        )
        self._by_fragment[connection.local_username] = lane
        return lane

    def leave(self, lane: Lane) -> None:
        """The peer is gone, and its addresses mean nothing any more."""
        self._by_fragment.pop(lane.receiver.local_username, None)
        for address in lane.addresses:
            if self._by_address.get(address) is lane:
                del self._by_address[address]
        lane.addresses.clear()

    def _readable(self) -> None:
        """Takes what has come, but not without end: HTTP and timers want their turn."""
        for _ in range(_DATAGRAMS_A_TURN):
            try:
                data, ancillary, _, address = self._socket.recvmsg(_LONGEST_DATAGRAM, _ANCILLARY_SIZE)
            except BlockingIOError:
                return
            except OSError:
                continue  # ICMP said that some peer's port is closed: its silence will tell, later
            arrival = time.time()
            for _, kind, value in ancillary:
                if kind == _TIMESTAMP:
                    seconds, nanoseconds = _TIMESPEC.unpack(value)
                    arrival = seconds + nanoseconds / 1e9
            self._received(data, (address[0], address[1]), arrival)

    def _received(self, data: bytes, sender: Address, arrival: float) -> None:
        """Tells STUN, DTLS and SRTP apart by the first byte (RFC 7983)."""
        lane, first = self._by_address.get(sender), data[0] if data else 0xFF
        if lane is not None:
            lane.heard_at = arrival
        if first < 4:
            self._stun_received(data, sender, lane)
        elif lane is None:
            metrics.DROPPED_STRANGER.inc()
        elif 128 <= first < 192:
            lane.media_received(data, arrival)
        elif 20 <= first < 64:
            lane.receiver.data_received(data, COMPONENT)

    def _stun_received(self, data: bytes, sender: Address, lane: Lane | None) -> None:
        try:
            message = stun.parse_message(data)
        except (ValueError, struct.error):
            metrics.DROPPED_STRANGER.inc()
            return
        if message.message_class == stun.Class.REQUEST:
            self._check_received(message, sender, lane)
        elif lane is not None and message.transaction_id in lane.transactions:
            lane.transactions[message.transaction_id].response_received(message, sender)

    def _check_received(self, message: stun.Message, sender: Address, known: Lane | None) -> None:
        """A connectivity check. The first one from an address must prove that it knows the peer's password."""
        fragment = str(message.attributes.get("USERNAME", "")).partition(":")[0]
        lane = self._by_fragment.get(fragment)
        if lane is None or (lane is not known and not self._adopt(lane, message, sender)):
            metrics.DROPPED_STRANGER.inc()  # and no answer: nobody is made to send to an address it does not own
            return
        with contextlib.suppress(KeyError):  # an authenticated check without PRIORITY
            lane.receiver.request_received(message, sender, lane)

    def _adopt(self, lane: Lane, message: stun.Message, sender: Address) -> bool:
        password = lane.receiver.local_password.encode()
        if len(lane.addresses) >= _ADDRESSES_PER_LANE or "MESSAGE-INTEGRITY" not in message.attributes:
            return False
        if not message.check_message_integrity(password):
            return False
        previous = self._by_address.get(sender)
        if previous is not None:
            previous.addresses.discard(sender)
        lane.addresses.add(sender)
        self._by_address[sender] = lane
        return True


def open_port(host: str, numbers: Iterable[int] = (0,), announced: str = "") -> SharedPort:
    """The first free port of `numbers` on `host`; 0 lets the system choose. Raises OSError when none is free."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for number in numbers:
        bound = socket.socket(family, socket.SOCK_DGRAM)
        bound.setblocking(False)
        for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
            bound.setsockopt(socket.SOL_SOCKET, option, _BUFFER)
        bound.setsockopt(socket.SOL_SOCKET, _TIMESTAMP, 1)
        try:
            bound.bind((host, number))
        except OSError:
            bound.close()
            continue
        return SharedPort(bound, announced)
    raise OSError(f"no UDP port to bind on {host}")


def _discard(data: bytes, arrival: float) -> None:
    """Media before the handshake is done: nobody can read it."""
