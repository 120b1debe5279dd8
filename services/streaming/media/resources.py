"""What WHIP and WHEP resource URLs stand for: one peer each, with what it does on which stage."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from .peers import Peer
from .publisher import Publisher
from .viewer import Viewer

ANYBODY = "anonymous"  # the subject of capabilities for who is not signed in


@dataclass(eq=False)
class Resource:
    """One peer as its client addresses it. `subject` is whom the capability was made for.

    `news` is set when what the client is told has changed; `moving` when it should go to another node. A relay is
    another node that passes the session on.
    """

    peer: Peer
    session_id: str
    role: Literal["publish", "watch"]
    subject: str
    participant: Publisher | Viewer
    news: asyncio.Event = field(default_factory=asyncio.Event)
    moving: bool = False
    is_relay: bool = False
    listeners: int = 0

    @property
    def name(self) -> str:
        """What operators call it. Its address, which lets one end it, does not follow from this."""
        return hashlib.sha256(self.peer.id.encode()).hexdigest()[:16]

    def belongs_to(self, subject: str) -> bool:
        """Whether `subject` may change and end it: the address is a secret, and names are checked where known."""
        return self.subject in (ANYBODY, subject)

    def move(self) -> None:
        """Tells the client that a new offer will find another node."""
        self.moving = True
        self.news.set()


class Resources:
    """All resources of the node."""

    def __init__(self) -> None:
        self._by_id: dict[str, Resource] = {}

    def __iter__(self) -> Iterator[Resource]:
        return iter(list(self._by_id.values()))

    def add(self, resource: Resource) -> None:
        """From now on it is found."""
        self._by_id[resource.peer.id] = resource

    def remove(self, peer: Peer) -> None:
        """Its peer is gone: listeners are told, and it is found no more."""
        resource = self._by_id.pop(peer.id, None)
        if resource is not None:
            peer.ended.set()
            resource.news.set()

    def find(self, session_id: str, role: str, peer_id: str) -> Resource | None:
        """The resource of a URL, if it is of this session and role."""
        resource = self._by_id.get(peer_id)
        if resource is None or (resource.session_id, resource.role) != (session_id, role):
            return None
        return resource

    def of_session(self, session_id: str) -> Iterator[Resource]:
        """Everybody on this stage, and those who still connect."""
        return (resource for resource in self if resource.session_id == session_id)
