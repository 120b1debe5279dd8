"""What may be asked of streaming control; nothing here changes anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from messaging.contracts.errors import NotFound
from messaging.contracts.streaming import (
    GetSession,
    JoinStage,
    LeaveStage,
    ListSessions,
    ListSubVenues,
    Session,
    StageTicket,
)
from messaging.contracts.types import Page, to_wire
from messaging.pages import decode_cursor, page
from services.streaming.domain.placement import node_to_publish, node_to_watch

if TYPE_CHECKING:
    from .capabilities import Capabilities
    from .storage import Nodes, Sessions, SubVenues


def list_sub_venues(query: ListSubVenues, sub_venues: SubVenues, sessions: Sessions) -> Page:
    """All sub-venues, the main venue first, with what is live in each."""
    live = {session.sub_venue_id: session.id for session in sessions.live()}
    found = sorted(sub_venues.find({}, limit=1000), key=lambda one: one.rank)
    return Page(items=[to_wire(one.view(live.get(one.id))) for one in found])  # type: ignore[misc]


def list_sessions(query: ListSessions, sessions: Sessions) -> Page:
    """Sessions in the order of the programme."""
    wanted = {"sub_venue_id": query.sub_venue_id, "kind": query.kind}
    criteria: dict[str, Any] = {key: value for key, value in wanted.items() if value is not None}
    if query.live is not None:
        criteria["live"] = int(query.live)
    if after := decode_cursor(query.cursor):
        criteria["order"] = {"$gt": after}
    found = sessions.find(criteria, sort="order", limit=query.limit + 1)
    return page(found, query.limit, lambda one: one.order, lambda one: one.view())


def get_session(query: GetSession, sessions: Sessions) -> Session:
    """One session."""
    return sessions.get(query.session_id).view()


def join_stage(
    query: JoinStage, sessions: Sessions, nodes: Nodes, capabilities: Capabilities, now: float
) -> StageTicket:
    """Where to publish or watch, with a capability for it."""
    session = sessions.get(query.session_id)
    if query.role == "publish":
        session.check_presenter(query.actor)
    session.check_not_ended()
    alive = [node for node in nodes.all() if not node.is_silent(now)]
    node = (node_to_publish if query.role == "publish" else node_to_watch)(session, alive)
    return capabilities.ticket(session.id, query.role, query.actor, node)


def leave_stage(query: LeaveStage, sessions: Sessions, nodes: Nodes, capabilities: Capabilities) -> StageTicket:
    """A ticket to the node that holds a peer. Who knows the peer's secret address may end it."""
    session = sessions.get(query.session_id)
    if query.role == "publish":
        session.check_presenter(query.actor)
    name = query.peer.partition(".")[0]
    for node in nodes.all():
        if node.name == name:
            return capabilities.ticket(session.id, query.role, query.actor, node)
    raise NotFound("there is no such peer", "peer")
