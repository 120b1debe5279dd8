"""ICE lite (RFC 8445): the node has a public address, so it answers checks and sends none.

A client proves with every check that it knows the peer's password; where such checks come from is where the peer
is. So no offer makes the node resolve a `.local` name or send a packet to an address of the client's choice.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable
from typing import NamedTuple, Protocol

from . import stun
from .fan import Sending

Address = tuple[str, int]

_MOST_PATHS = 8  # a peer moves between networks, but not without end
_SILENT_PATH = 3.0  # s without a check; clients check the path that they use every second or so
_MOST_HANDSHAKE = 64  # DTLS datagrams that wait; a handshake has a dozen


class Credentials(NamedTuple):
    """The name and password of one side of one ICE session."""

    fragment: str
    password: str

    @classmethod
    def new(cls) -> Credentials:
        """A name that nobody has, and a password that nobody guesses."""
        return cls(secrets.token_hex(8), secrets.token_hex(16))


class Path(Protocol):
    """A way to a client: an address on one of the UDP ports, or a TCP connection."""

    protocol: str  # "udp" or "tcp"
    address: Address
    checked_at: float  # when a signed check last came from there

    @property
    def batch(self) -> Sending:
        """What protects and sends RTP this way."""

    def send(self, data: bytes) -> None:
        """Sends one datagram, or loses it."""

    def forget(self) -> None:
        """The peer is gone: nothing that comes from here is its any more."""


class Agents:
    """All agents of the node, by the user name fragments that checks call them by."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[Agent, str]] = {}

    def __len__(self) -> int:
        return len(self._known)

    def admit(self, credentials: Credentials, agent: Agent) -> None:
        """Checks under these credentials are for `agent`."""
        self._known[credentials.fragment] = (agent, credentials.password)

    def dismiss(self, credentials: Credentials) -> None:
        """They are for nobody any more."""
        self._known.pop(credentials.fragment, None)

    def recognise(self, data: bytes, sender: Address) -> tuple[Agent, stun.Check, bytes] | None:
        """Whose check this datagram is, and the answer to it. None unless it is signed with its password."""
        check = stun.parse_check(data)
        if check is None:
            return None
        agent, password = self._known.get(check.fragment, (None, ""))
        if agent is None or not check.is_signed_with(password):
            return None
        if check.controlled:
            return agent, check, stun.refuse_role(check, password)
        return agent, check, stun.answer(check, sender, password)


class Agent:
    """The node's side of one peer's ICE, and what aiortc's DTLS takes for its transport (`_recv`, `_send`).

    `moved` is called when media has another way to go, `media_received` with every SRTP or SRTCP datagram. Consent
    (RFC 7675) is `heard_at`: when the client last proved who it is.
    """

    def __init__(self, agents: Agents) -> None:
        self._agents = agents
        self.local = Credentials.new()
        self.path: Path | None = None
        self.moved: Callable[[], None] = lambda: None
        self.media_received: Callable[[bytes, float], None] = _discard
        self.heard_at = time.time()
        self.reached = asyncio.Event()
        self._before: Credentials | None = None  # while a restart is not through
        self._paths: list[Path] = []
        self._handshake: asyncio.Queue[bytes | None] = asyncio.Queue(_MOST_HANDSHAKE)
        agents.admit(self.local, self)

    @property
    def paths(self) -> int:
        """How many ways to the client are known."""
        return len(self._paths)

    @property
    def may_have_another_path(self) -> bool:
        """Whether the peer may have one more address."""
        return len(self._paths) < _MOST_PATHS

    def restart(self) -> Credentials:
        """New credentials. The old ones and their path are good until a check with the new ones comes."""
        if self._before is None:
            self._before = self.local
        else:
            self._agents.dismiss(self.local)  # a restart that another one has overtaken
        self.local = Credentials.new()
        self._agents.admit(self.local, self)
        return self.local

    def check_received(self, check: stun.Check, path: Path) -> None:
        """A check whose signature holds. The first path serves until one is nominated; then the last nominated.

        Some clients nominate all that they try. So TCP takes over from UDP only when that is silent.
        """
        self.heard_at = path.checked_at = time.time()
        if path not in self._paths:
            self._paths.append(path)
        is_restart = self._before is not None and check.fragment == self.local.fragment
        if self._before is not None and is_restart:
            self._agents.dismiss(self._before)
            self._before = None
        if self.path is None or is_restart or (check.nominates and self._is_better(path, self.path)):
            self.path = path
            self.reached.set()
            self.moved()

    def _is_better(self, path: Path, current: Path) -> bool:
        if path is current:
            return False
        falls_back = path.protocol == "tcp" and current.protocol == "udp"
        return not falls_back or path.checked_at - current.checked_at > _SILENT_PATH

    def path_lost(self, path: Path) -> None:
        """A path is no more. Another one of the peer takes its place, if there is one."""
        if path in self._paths:
            self._paths.remove(path)
        if path is self.path:
            self.path = self._paths[-1] if self._paths else None
            if self.path is not None:
                self.moved()

    def handshake_received(self, data: bytes) -> None:
        """One DTLS datagram."""
        if not self._handshake.full():
            self._handshake.put_nowait(data)

    def close(self) -> None:
        """Leaves the ports."""
        for credentials in filter(None, (self.local, self._before)):
            self._agents.dismiss(credentials)
        paths, self._paths, self.path = self._paths, [], None
        for path in paths:
            path.forget()

    async def _recv(self) -> bytes:
        data = await self._handshake.get()
        if data is None:
            raise ConnectionError("the peer was closed")
        return data

    async def _send(self, data: bytes) -> None:
        if self.path is None:
            raise ConnectionError("the peer cannot be reached")
        self.path.send(data)


def _discard(data: bytes, arrival: float) -> None:
    """Media before the handshake is done: nobody can read it."""
