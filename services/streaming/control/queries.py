"""What may be asked of streaming control; nothing here changes anything."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from messaging.contracts.access import as_operator
from messaging.contracts.errors import NotFound
from messaging.contracts.streaming import (
    Audience,
    GetAudience,
    GetSession,
    JoinStage,
    LeaveStage,
    ListMediaNodes,
    ListSessions,
    ListSubVenues,
    MediaNode,
    NodeTicket,
    OperateMediaNode,
    Session,
    StageTicket,
)
from messaging.contracts.types import Page, to_wire
from messaging.pages import decode_cursor, page
from services.streaming.domain.placement import (
    Fallbacks,
    Node,
    Placement,
    node_to_publish,
    node_to_replay,
    node_to_watch,
)

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
    query: JoinStage,
    sessions: Sessions,
    nodes: Nodes,
    capabilities: Capabilities,
    fallbacks: Fallbacks,
    now: float,
) -> StageTicket:
    """Where to publish or watch, with a capability for it."""
    session = sessions.get(query.session_id)
    if query.role == "publish":
        session.check_presenter(query.actor)
    session.check_not_barred(query.actor)
    alive = [node for node in nodes.all() if not node.is_silent(now) and node.name not in query.avoid]
    if query.recorded:
        place = Placement(node_to_replay(session, alive), None)
        return capabilities.ticket(session.id, query.role, query.actor, place)
    session.check_not_ended()
    if query.role == "publish":
        place = Placement(node_to_publish(session, alive, query.region, fallbacks), None)
    else:
        place = node_to_watch(session, alive, query.region, fallbacks)
    return capabilities.ticket(session.id, query.role, query.actor, place)


def leave_stage(query: LeaveStage, sessions: Sessions, nodes: Nodes, capabilities: Capabilities) -> StageTicket:
    """A ticket to the node that holds a peer. Who knows the peer's secret address may end it."""
    session = sessions.get(query.session_id)
    if query.role == "publish":
        session.check_presenter(query.actor)
    name = query.peer.partition(".")[0]
    for node in nodes.all():
        if node.name == name:
            return capabilities.ticket(session.id, query.role, query.actor, Placement(node, None))
    raise NotFound("there is no such peer", "peer")


def get_audience(query: GetAudience, sessions: Sessions, nodes: Nodes, now: float) -> Audience:
    """How many watch a session: what the nodes that are alive told, joined."""
    session = sessions.get(query.session_id)
    alive = [node for node in nodes.all() if not node.is_silent(now)]
    by_node = {node.name: node.audience[session.id] for node in alive if session.id in node.audience}
    return Audience(session_id=session.id, live=session.live, viewers=sum(by_node.values()), by_node=by_node)


def list_media_nodes(query: ListMediaNodes, nodes: Nodes, now: float) -> Page:
    """All nodes that are alive, by name. For operators."""
    as_operator(query.actor)
    alive = sorted((node for node in nodes.all() if not node.is_silent(now)), key=lambda node: node.name)
    return Page(items=[to_wire(view_of(node)) for node in alive])  # type: ignore[misc]


def operate_media_node(query: OperateMediaNode, nodes: Nodes, capabilities: Capabilities) -> NodeTicket:
    """A ticket to a node's own operations. For operators."""
    actor = as_operator(query.actor)
    for node in nodes.all():
        if node.name == query.node:
            return capabilities.operating(actor, node)
    raise NotFound("there is no such media node", "node")


def view_of(node: Node) -> MediaNode:
    """A node as operators see it."""
    return MediaNode(
        name=node.name,
        url=node.url,
        region=node.region,
        capacity=node.capacity,
        viewers=node.viewers,
        stages=tuple(sorted(node.stages)),
        relays=tuple(sorted(node.relays)),
        cordoned=node.cordoned,
        seen_at=datetime.fromtimestamp(node.seen_at, UTC).isoformat().replace("+00:00", "Z"),
    )
