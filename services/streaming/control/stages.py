"""How a session's live state follows its publisher: what the media nodes tell, and what their silence means.

A node tells of every stage that opens and closes, and every two seconds of all it has. The first is fast, the
second makes up for what was lost; a node that falls silent has lost its publishers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from messaging.contracts.errors import NotFound
from messaging.contracts.streaming import NodeHeartbeat, StageClosed, StageOpened
from messaging.envelope import now_rfc3339
from services.streaming.domain.placement import Node

from .handlers import change

if TYPE_CHECKING:
    from .storage import Nodes, Sessions


def open_stage(event: StageOpened, sessions: Sessions) -> None:
    """Media of a session comes in on a node. A session that nobody scheduled is none of ours."""
    try:
        change(
            event.session_id,
            sessions,
            lambda session: session.open_stage(event.node, event.epoch, now_rfc3339()),
        )
    except NotFound:
        return


def close_stage(event: StageClosed, sessions: Sessions) -> None:
    """The publisher of a session is gone."""
    try:
        change(event.session_id, sessions, lambda session: session.close_stage(event.epoch))
    except NotFound:
        return


def take_heartbeat(event: NodeHeartbeat, told_at_ms: int, now: float, nodes: Nodes, sessions: Sessions) -> None:
    """Keep what a node tells, and put right what its earlier news left wrong.

    A stage that opened after the node wrote this heartbeat is not missing from it: its epoch is larger than
    `told_at_ms`, both being the node's own clock.
    """
    if event.stopping:
        nodes.remove(event.node)
    else:
        nodes.put(
            Node(
                name=event.node,
                url=event.url,
                stages=dict(event.stages),
                viewers=event.viewers,
                seen_at=now,
                region=event.region,
                capacity=event.capacity,
                relays=dict(event.relays),
                audience=dict(event.audience),
            )
        )
    for id, epoch in event.stages.items():
        open_stage(StageOpened(session_id=id, node=event.node, epoch=epoch), sessions)
    for session in sessions.live():
        stage = session.stage
        if stage and stage.node == event.node and session.id not in event.stages and stage.epoch < told_at_ms:
            close_stage(StageClosed(session_id=session.id, node=event.node, epoch=stage.epoch), sessions)


def forget_silent_nodes(now: float, nodes: Nodes, sessions: Sessions) -> None:
    """Take nodes that fell silent for gone, and close the stages of nodes that are gone."""
    alive = set()
    for node in nodes.all():
        if node.is_silent(now):
            nodes.remove(node.name)
        else:
            alive.add(node.name)
    for session in sessions.live():
        if session.stage and session.stage.node not in alive:
            stage = session.stage
            close_stage(StageClosed(session_id=session.id, node=stage.node, epoch=stage.epoch), sessions)
