"""A client's ICE by hand: checks over UDP or TCP, and nothing else."""

from __future__ import annotations

import socket
import struct
import time
from typing import Self

from aioice import stun


def a_check(fragment: str, nominate: bool = False, role: str = "ICE-CONTROLLING") -> stun.Message:
    """A connectivity check for the peer of this user name fragment, not signed yet."""
    check = stun.Message(message_method=stun.Method.BINDING, message_class=stun.Class.REQUEST)
    check.attributes["USERNAME"] = f"{fragment}:somebody"
    check.attributes["PRIORITY"] = 1
    check.attributes[role] = 1
    if nominate:
        check.attributes["USE-CANDIDATE"] = None
    return check


class IceClient:
    """A socket of its own that checks, and counts what comes."""

    def __init__(self, address: tuple[str, int], tcp: bool = False) -> None:
        self._tcp = tcp
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM)
        self._socket.settimeout(10.0)
        self._socket.connect(address)
        self._socket.settimeout(1.0)
        self._rtp = 0
        self.address = self._socket.getsockname()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def send(self, data: bytes) -> None:
        """Sends a datagram, or a frame (RFC 4571)."""
        self._socket.sendall(struct.pack("!H", len(data)) + data if self._tcp else data)

    def send_raw(self, data: bytes) -> None:
        """Sends bytes as they are."""
        self._socket.sendall(data)

    def receive(self) -> bytes:
        """The next datagram or frame. Raises TimeoutError, or ConnectionError when the node closes."""
        if not self._tcp:
            return self._socket.recv(2048)
        (length,) = struct.unpack("!H", self._exactly(2))
        return self._exactly(length)

    def is_closed(self) -> bool:
        """Whether the node has closed the connection, without having said anything."""
        self._socket.settimeout(0)
        try:
            return not self._socket.recv(1)
        except BlockingIOError:
            return False
        except ConnectionError:
            return True

    def check(self, fragment: str, password: str, **options: object) -> bool | None:
        """Whether a check is answered with success (True), an error (False), or not at all (None)."""
        check = a_check(fragment, **options)  # type: ignore[arg-type]
        check.add_message_integrity(password.encode())
        self.send(bytes(check))
        deadline = time.monotonic() + 0.5
        while time.monotonic() < deadline:
            try:
                answer = stun.parse_message(self.receive())
            except TimeoutError:
                return None
            except ValueError:
                continue  # media
            assert answer.transaction_id == check.transaction_id
            assert answer.check_message_integrity(password.encode())
            if answer.message_class == stun.Class.RESPONSE:
                assert answer.attributes["XOR-MAPPED-ADDRESS"] == self.address
            return answer.message_class == stun.Class.RESPONSE
        return None

    def rtp_received(self) -> int:
        """How many RTP packets have come and wait, all in all."""
        self._socket.settimeout(0)
        try:
            while True:
                self._rtp += 128 <= self.receive()[0] < 192
        except BlockingIOError:
            return self._rtp
        finally:
            self._socket.settimeout(1.0)

    def _exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            more = self._socket.recv(count - len(data))
            if not more:
                raise ConnectionError("closed")
            data += more
        return data
