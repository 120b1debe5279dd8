"""One UDP port for all peers of the process, shared by what runs over it (RFC 7983).

STUN finds its peer by the user name fragment, everything else by the address that an authenticated STUN check came
from. So no peer needs a socket of its own, packets of strangers end here, and one `sendmmsg` serves many viewers.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from collections.abc import Iterable

from . import metrics
from .fan import Sending
from .ice import Address, Agent, Agents
from .sending import way_out
from .streams import StreamPort

_BUFFER = 4 << 20  # bytes: a key frame for hundreds of viewers leaves at once
_LONGEST_DATAGRAM = 2048  # bytes; what is longer is cut, and then fails its authentication
_DATAGRAMS_A_TURN = 64
_TIMESTAMP = 35  # SO_TIMESTAMPNS, and the kind of its answer (Linux); Python has no name for it
_TIMESPEC = struct.Struct("@ll")
_ANCILLARY_SIZE = socket.CMSG_SPACE(_TIMESPEC.size)
_TRIES = 16  # for a number that is free for UDP and TCP, where any will do
# Priorities (RFC 8445, 5.1.2.1; RFC 6544, 4.2): host candidates, TCP well below UDP.
_UDP_PRIORITY = 126 << 24 | 65535 << 8 | 255
_TCP_PRIORITY = 90 << 24 | (2 << 13 | 8191) << 8 | 255


class UdpPath:
    """One peer's address on a port."""

    protocol = "udp"
    __slots__ = ("_port", "address", "agent", "checked_at")

    def __init__(self, port: SharedPort, address: Address, agent: Agent) -> None:
        self._port, self.address, self.agent = port, address, agent
        self.checked_at = 0.0

    @property
    def batch(self) -> Sending:
        """The port's, which serves all its peers."""
        return self._port.batch

    def send(self, data: bytes) -> None:
        """Sends one datagram, or loses it where the kernel has no room or no way."""
        self._port.send(data, self.address)

    def forget(self) -> None:
        """Packets from this address are a stranger's again."""
        self._port.forget(self)


class SharedPort:
    """A bound UDP socket, and the TCP port of the same number.

    The kernel stamps the arrival of every datagram: a node that is busy for a moment must not look like a
    congested network to the publishers' bandwidth estimate.
    """

    def __init__(self, bound: socket.socket, agents: Agents, announced: str = "") -> None:
        self._socket, self._agents = bound, agents
        host, number = bound.getsockname()[:2]
        self.address: Address = (announced or host, number)
        self.batch = way_out(bound.fileno())
        self.streams = StreamPort(agents)
        self._paths: dict[Address, UdpPath] = {}
        asyncio.get_running_loop().add_reader(bound, self._readable)

    @property
    def addresses(self) -> int:
        """How many remote addresses are known to belong to a peer, TCP connections included."""
        return len(self._paths) + len(self.streams.connections)

    @property
    def candidates(self) -> list[str]:
        """This port as candidate attributes, without the foundation (RFC 8839, 5.1; RFC 6544, 4.5)."""
        host, number = self.address
        return [
            f"1 udp {_UDP_PRIORITY} {host} {number} typ host",
            f"1 tcp {_TCP_PRIORITY} {host} {number} typ host tcptype passive",
        ]

    def send(self, data: bytes, address: Address) -> None:
        """Sends one datagram, or loses it where the kernel has no room or no way."""
        try:
            self._socket.sendto(data, address)
        except OSError:
            metrics.DROPPED_UNSENT.inc()

    def forget(self, path: UdpPath) -> None:
        """The path's peer is gone, or its address is another peer's now."""
        if self._paths.get(path.address) is path:
            del self._paths[path.address]

    def close(self) -> None:
        """Gives the ports back."""
        asyncio.get_running_loop().remove_reader(self._socket)
        self._socket.close()
        self.streams.close()

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
        path, first = self._paths.get(sender), data[0] if data else 0xFF
        if first < 4:
            self._check_received(data, sender, path)
        elif path is None:
            metrics.DROPPED_STRANGER.inc()
        elif 128 <= first < 192:
            path.agent.media_received(data, arrival)
        elif 20 <= first < 64:
            path.agent.handshake_received(data)

    def _check_received(self, data: bytes, sender: Address, path: UdpPath | None) -> None:
        """A connectivity check. One that is not signed gets no answer: nobody is made to send where it is not."""
        recognised = self._agents.recognise(data, sender)
        if recognised is None:
            metrics.DROPPED_STRANGER.inc()
            return
        agent, check, answer = recognised
        if path is None or path.agent is not agent:
            if not agent.may_have_another_path:
                metrics.DROPPED_STRANGER.inc()
                return
            if path is not None:
                path.agent.path_lost(path)  # an address translation gave this address to another client
            path = self._paths[sender] = UdpPath(self, sender, agent)
        self.send(answer, sender)
        if not check.controlled:
            agent.check_received(check, path)


async def open_port(host: str, agents: Agents, numbers: Iterable[int] = (0,), announced: str = "") -> SharedPort:
    """The first of `numbers` that is free for UDP and TCP; 0 lets the system choose. Raises OSError if none is."""
    for number in numbers:
        for _ in range(1 if number else _TRIES):
            bound = _bind(host, number)
            if bound is None:
                break
            port = SharedPort(bound, agents, announced)
            try:
                await port.streams.listen(bound.getsockname()[:2])
            except OSError:
                port.close()
            else:
                return port
    raise OSError(f"no port to bind on {host}")


def _bind(host: str, number: int) -> socket.socket | None:
    """A UDP socket, or None when the number is taken."""
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
    bound.setblocking(False)
    for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
        bound.setsockopt(socket.SOL_SOCKET, option, _BUFFER)
    bound.setsockopt(socket.SOL_SOCKET, _TIMESTAMP, 1)
    try:
        bound.bind((host, number))
    except OSError:
        bound.close()
        return None
    return bound
