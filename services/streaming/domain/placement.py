"""Which media node takes a stage, and which one a viewer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from messaging.contracts.errors import Unavailable
from messaging.contracts.streaming import StageEmpty

from .session import Session

#: A node that was not heard of for this long is taken for gone: three heartbeats.
SILENT_SECONDS = 6.0

#: For each region, the others in the order in which they are tried when it has no node that is free.
Fallbacks = Mapping[str, Sequence[str]]


@dataclass
class Node:
    """A media node as its last heartbeat told; `seen_at` is when that came, in unix seconds.

    `stages` are the sessions published here, with their epochs; `relays` those pulled from another node, with its
    name; `audience` the viewers by session. A cordoned node gets no new peers.
    """

    name: str
    url: str
    stages: dict[str, int] = field(default_factory=dict)
    viewers: int = 0
    seen_at: float = 0.0
    region: str = ""
    capacity: int = 500
    relays: dict[str, str] = field(default_factory=dict)
    audience: dict[str, int] = field(default_factory=dict)
    cordoned: bool = False

    def is_silent(self, now: float) -> bool:
        """Whether it is taken for gone."""
        return now - self.seen_at > SILENT_SECONDS

    @property
    def is_free(self) -> bool:
        """Whether a new peer may come."""
        return not self.cordoned and self.viewers < self.capacity

    @property
    def load(self) -> float:
        """How full it is: 0 is empty, 1 is full."""
        return self.viewers / max(1, self.capacity)


class Placement(NamedTuple):
    """Where a viewer goes. `origin` is the node that its node pulls the session from, None where it has it."""

    node: Node
    origin: Node | None


def node_to_publish(session: Session, nodes: Sequence[Node], region: str, fallbacks: Fallbacks) -> Node:
    """The node that has the session's stage, so that viewers stay; else the nearest and least loaded.

    Raises `Unavailable` where no node is free.
    """
    free = [node for node in nodes if node.is_free]
    if not free:
        raise Unavailable("no media node is free")
    if session.stage is not None:
        for node in free:
            if node.name == session.stage.node:
                return node
    return min(free, key=lambda node: (_distance(node, region, fallbacks), len(node.stages), node.load, node.name))


def node_to_watch(session: Session, nodes: Sequence[Node], region: str, fallbacks: Fallbacks) -> Placement:
    """The nearest node that is free; of those, one that has the session before one that must pull it.

    Raises `StageEmpty` where nobody publishes and `Unavailable` where no node is free.
    """
    origin = next((node for node in nodes if _has_stage(node, session)), None)
    if origin is None:
        raise StageEmpty("nobody publishes in this session yet")
    free = [node for node in nodes if node.is_free]
    if not free:
        raise Unavailable("no media node is free")

    def preference(node: Node) -> tuple[int, int, float, str]:
        cost = 0 if node is origin else 1 if session.id in node.relays else 2
        return _distance(node, region, fallbacks), cost, node.load, node.name

    node = min(free, key=preference)
    return Placement(node, None if node is origin else origin)


def node_to_replay(session: Session, nodes: Sequence[Node]) -> Node:
    """The node that packages and records the session, or did so last. Raises `StageEmpty` where there is none."""
    for node in nodes:
        if node.name == session.last_node:
            return node
    raise StageEmpty("nothing of this session can be played")


def _has_stage(node: Node, session: Session) -> bool:
    return (session.stage is not None and node.name == session.stage.node) or session.id in node.stages


def _distance(node: Node, region: str, fallbacks: Fallbacks) -> int:
    """How far down a region's list the node is; all are equally far from nowhere in particular."""
    if not region:
        return 0
    order = [region, *fallbacks.get(region, ())]
    return order.index(node.region) if node.region in order else len(order)
