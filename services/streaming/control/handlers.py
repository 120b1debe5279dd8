"""The programme's commands: load, decide, save."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from messaging.contracts.access import as_operator
from messaging.contracts.errors import InvalidInput, NotFound
from messaging.contracts.registration import Imported
from messaging.contracts.streaming import (
    AttendeeBarred,
    BarFromStage,
    CordonMediaNode,
    CreateSubVenue,
    EndSession,
    ImportSessions,
    ImportSubVenues,
    MediaNode,
    ScheduleSession,
    SessionChanged,
    StartSession,
)
from messaging.contracts.streaming import Session as SessionView
from messaging.contracts.streaming import SubVenue as SubVenueView
from messaging.contracts.types import Event
from messaging.envelope import now_rfc3339
from messaging.identity import new_id
from messaging.turns import in_turn
from services.streaming.domain.session import Session
from services.streaming.domain.sub_venue import SubVenue

from .queries import view_of

if TYPE_CHECKING:
    from .storage import Nodes, Sessions, SubVenues


def create_sub_venue(command: CreateSubVenue, sub_venues: SubVenues) -> SubVenueView:
    """Add a sub-venue to the conference."""
    as_operator(command.actor)
    sub_venue, events = SubVenue.create(command, new_id("ven", command.command_id))
    return sub_venues.add(sub_venue, events, command).view()


def schedule_session(command: ScheduleSession, sub_venues: SubVenues, sessions: Sessions) -> SessionView:
    """Add a session to the programme of a sub-venue."""
    as_operator(command.actor)
    sub_venue = sub_venues.get(command.sub_venue_id)
    session, events = Session.schedule(command, new_id("ses", command.command_id), sub_venue)
    return sessions.add(session, events, command).view()


def start_session(command: StartSession, sessions: Sessions) -> SessionView:
    """Begin a session."""

    def start(session: Session) -> list[SessionChanged]:
        session.check_presenter(command.actor)
        return session.start(now_rfc3339())

    return change(command.session_id, sessions, start).view()


def end_session(command: EndSession, sessions: Sessions) -> SessionView:
    """End a session, and its stage."""

    def end(session: Session) -> list[SessionChanged]:
        session.check_presenter(command.actor)
        return session.end(now_rfc3339())

    return change(command.session_id, sessions, end).view()


def bar_from_stage(command: BarFromStage, sessions: Sessions) -> SessionView:
    """Show an attendee out of a session's stage, for good."""

    def bar(session: Session) -> list[AttendeeBarred]:
        session.check_presenter(command.actor)
        return session.bar(command.attendee_id)

    return change(command.session_id, sessions, bar).view()


def cordon_media_node(command: CordonMediaNode, nodes: Nodes) -> MediaNode:
    """Give a media node no new peers, or give it some again."""
    as_operator(command.actor)
    node = nodes.cordon(command.node, command.cordoned)
    if node is None:
        raise NotFound("there is no such media node", "node")
    return view_of(node)


def import_sub_venues(command: ImportSubVenues, sub_venues: SubVenues) -> Imported:
    """Add many sub-venues."""
    as_operator(command.actor)
    news = [(*SubVenue.create(one, new_id("ven", one.command_id)), one) for one in command.sub_venues]
    created, kept = sub_venues.add_many(news)
    return Imported(created=created, existing=len(kept) - created, ids=tuple(one.id for one in kept))


def import_sessions(command: ImportSessions, sub_venues: SubVenues, sessions: Sessions) -> Imported:
    """Add many sessions to the programme."""
    as_operator(command.actor)
    known = {one.id: one for one in sub_venues.find({}, limit=1000)}
    if missing := {one.sub_venue_id for one in command.sessions} - known.keys():
        raise InvalidInput(f"{len(missing)} sub-venues of these sessions are unknown", "sub_venue_id")
    news = [
        (*Session.schedule(one, new_id("ses", one.command_id), known[one.sub_venue_id]), one)
        for one in command.sessions
    ]
    created, kept = sessions.add_many(news)
    return Imported(created=created, existing=len(kept) - created, ids=tuple(one.id for one in kept))


def change(id: str, sessions: Sessions, decide: Callable[[Session], Sequence[Event]]) -> Session:
    """Change a session as `decide` says, after whoever changes it at the same time."""

    def once() -> Session:
        session = sessions.get(id)
        version = session.version
        events = decide(session)
        return sessions.save(session, list(events)) if session.version > version else session

    return in_turn(once)
