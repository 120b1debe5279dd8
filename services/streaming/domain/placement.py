"""Which media node takes a stage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from messaging.contracts.errors import Unavailable
from messaging.contracts.streaming import StageEmpty

from .session import Session

#: A node that was not heard of for this long is taken for gone: three heartbeats.
SILENT_SECONDS = 6.0


@dataclass
class Node:
    """A media node as its last heartbeat told; `seen_at` is when that came, in unix seconds."""

    name: str
    url: str
    stages: dict[str, int] = field(default_factory=dict)
    viewers: int = 0
    seen_at: float = 0.0

    def is_silent(self, now: float) -> bool:
        """Whether it is taken for gone."""
        return now - self.seen_at > SILENT_SECONDS


def node_to_publish(session: Session, nodes: Sequence[Node]) -> Node:
    """The node that has the session's stage, so that viewers stay; else the least loaded. Raises `Unavailable`."""
    if not nodes:
        raise Unavailable("no media node is alive")
    if session.stage is not None:
        for node in nodes:
            if node.name == session.stage.node:
                return node
    return min(nodes, key=lambda node: (len(node.stages), node.viewers, node.name))


def node_to_watch(session: Session, nodes: Sequence[Node]) -> Node:
    """The node that has the session's stage. Raises `StageEmpty` where none has."""
    for node in nodes:
        if (session.stage is not None and node.name == session.stage.node) or session.id in node.stages:
            return node
    raise StageEmpty("nobody publishes in this session yet")
