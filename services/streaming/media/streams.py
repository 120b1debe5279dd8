"""ICE over TCP (RFC 6544, passive candidates): for clients whose network lets no UDP out.

What would be a datagram is framed by its length (RFC 4571). A connection is nobody's until a signed check comes in
over it, and has little time for that.
"""

from __future__ import annotations

import asyncio
import struct
import time
from typing import TYPE_CHECKING, cast

import pylibsrtp
from pylibsrtp import Session

from . import metrics
from .fan import PythonFan, Target
from .sending import target

if TYPE_CHECKING:
    from .ice import Address, Agent, Agents

_PATIENCE = 5.0  # s until a connection must have proved whose it is
_MOST_STRANGERS = 128  # connections that have not yet; further ones are closed at once
_LONGEST_FRAME = 2048  # bytes, as for a datagram
_MOST_UNSENT = 256 * 1024  # bytes that wait for a slow client; then packets are lost, as on any full link
_LENGTH = struct.Struct("!H")
_HEADER = struct.Struct("!BBHLL")


class StreamBatch:
    """Packets on their way out of one TCP connection: what `batch.Batch` is to a UDP port."""

    def __init__(self, path: StreamPath) -> None:
        self._path = path

    def target(self, address: Address, session: Session, key: bytes | None) -> Target:
        """The viewer at the other end, protected as by UDP, from where it may have come."""
        return target(address, session, key)

    def fan(self) -> PythonFan:
        """A fan of one."""
        return PythonFan(self)

    def add(
        self, target: Target, first: int, second: int, index: int, timestamp: int, ssrc: int, body: bytes
    ) -> None:
        """Protects and sends one packet. `body` is everything after the fixed header of 12 bytes."""
        head = _HEADER.size + (4 + 4 * int.from_bytes(body[2:4], "big") if first & 0x10 else 0)
        packet = _HEADER.pack(first, second, index & 0xFFFF, timestamp, ssrc) + body
        try:
            self._path.send(target.protect(packet, head, index))
        except pylibsrtp.Error:
            metrics.DROPPED_UNPROTECTED.inc()

    def flush(self) -> None:
        """Nothing waits here; TCP has its own buffer."""


class StreamPath(asyncio.Protocol):
    """One TCP connection. It belongs to the agent whose check came in over it first."""

    protocol = "tcp"

    def __init__(self, port: StreamPort) -> None:
        self._port = port
        self._agent: Agent | None = None
        self._received = bytearray()
        self._out: asyncio.Transport | None = None
        self.address: Address = ("", 0)
        self.checked_at = 0.0
        self.batch = StreamBatch(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A stranger has come."""
        self._out = cast(asyncio.Transport, transport)
        host, number = transport.get_extra_info("peername")[:2]
        self.address = (host, number)
        if len(self._port.strangers) >= _MOST_STRANGERS:
            self.forget()
            return
        self._port.strangers.add(self)
        asyncio.get_running_loop().call_later(_PATIENCE, self._show_out)

    def data_received(self, data: bytes) -> None:
        """Takes the frames out of what has come."""
        self._received += data
        arrival, position = time.time(), 0
        while len(self._received) >= position + _LENGTH.size and self._out is not None:
            (length,) = _LENGTH.unpack_from(self._received, position)
            if length > _LONGEST_FRAME:
                self.forget()
                return
            end = position + _LENGTH.size + length
            if len(self._received) < end:
                break
            self._frame_received(bytes(self._received[position + _LENGTH.size : end]), arrival)
            position = end
        del self._received[:position]

    def connection_lost(self, error: Exception | None) -> None:
        """The client has closed, or vanished."""
        self._port.strangers.discard(self)
        self._port.connections.discard(self)
        self._out = None
        if self._agent is not None:
            self._agent.path_lost(self)

    def send(self, data: bytes) -> None:
        """Sends one datagram in a frame."""
        if self._out is None or self._out.get_write_buffer_size() > _MOST_UNSENT:
            metrics.DROPPED_UNSENT.inc()
            return
        self._out.write(_LENGTH.pack(len(data)) + data)

    def forget(self) -> None:
        """Closes the connection, after what is still to be sent."""
        self._port.strangers.discard(self)
        if self._out is not None:
            self._out.close()
            self._out = None

    def _show_out(self) -> None:
        if self._agent is None:
            self.forget()

    def _frame_received(self, data: bytes, arrival: float) -> None:
        first = data[0] if data else 0xFF
        if first < 4:
            self._check_received(data)
        elif self._agent is None:
            metrics.DROPPED_STRANGER.inc()
        elif 128 <= first < 192:
            self._agent.media_received(data, arrival)
        elif 20 <= first < 64:
            self._agent.handshake_received(data)

    def _check_received(self, data: bytes) -> None:
        recognised = self._port.agents.recognise(data, self.address)
        if recognised is None or self._agent not in (None, recognised[0]):
            metrics.DROPPED_STRANGER.inc()
            return
        agent, check, answer = recognised
        if self._agent is None:
            if not agent.may_have_another_path:
                return
            self._agent = agent
            self._port.strangers.discard(self)
            self._port.connections.add(self)
        self.send(answer)
        if not check.controlled:
            agent.check_received(check, self)


class StreamPort:
    """A listening TCP port, with the connections on it."""

    def __init__(self, agents: Agents) -> None:
        self.agents = agents
        self.strangers: set[StreamPath] = set()
        self.connections: set[StreamPath] = set()
        self._server: asyncio.Server | None = None

    async def listen(self, address: Address) -> None:
        """Begins to listen. Raises OSError when the port is taken."""
        self._server = await asyncio.get_running_loop().create_server(lambda: StreamPath(self), *address)

    def close(self) -> None:
        """Gives the port back and ends the connections."""
        if self._server is not None:
            self._server.close()
        for path in [*self.strangers, *self.connections]:
            path.forget()
