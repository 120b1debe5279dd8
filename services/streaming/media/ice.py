"""ICE on the shared ports: aioice's agent, without sockets and candidates of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, cast

from aioice import Connection

from .port import COMPONENT, Address, Lane, SharedPort


class SharedPortConnection(Connection):
    """An ICE agent on shared ports. Its remote candidates are those that reach it (peer reflexive).

    A node has a public address, so it never needs the candidates of an offer. Leaving them out also means that no
    offer makes it resolve a `.local` name or send a check to an address of the client's choice.
    """

    def __init__(self, ports: Iterable[SharedPort], username: str, password: str) -> None:
        super().__init__(ice_controlling=False, local_username=username, local_password=password)
        self._ports = list(ports)
        self.nominated: Callable[[], None] = lambda: None

    @property
    def lanes(self) -> list[Lane]:
        """The lanes of this agent, one for each port."""
        return cast(list[Lane], self._protocols)

    @property
    def pair(self) -> tuple[Lane, Address] | None:
        """The lane and the remote address in use, once there is one."""
        pair = self._nominated.get(COMPONENT)
        return (cast(Lane, pair.protocol), pair.remote_addr) if pair is not None else None

    async def gather_candidates(self) -> None:
        """Joins the ports instead of looking for the machine's interfaces and opening sockets."""
        self._protocols = [port.join(self) for port in self._ports]
        self._local_candidates = [lane.local_candidate for lane in self.lanes]
        self._local_candidates_start = self._local_candidates_end = True

    def check_complete(self, pair: Any) -> None:
        """Also tells when a pair is nominated: a viewer may move to another network."""
        super().check_complete(pair)
        if pair.nominated:
            self.nominated()
