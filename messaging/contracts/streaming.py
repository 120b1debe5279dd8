"""Words owned by the streaming service: sub-venues, sessions, and the stage of a session (its live media)."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import Meta, Struct, field

from .errors import Conflict
from .types import END, Bilingual, Command, CountryCode, Event, Identifier, Query, Text, Timestamp

SessionKind = Literal["talk", "pitch", "signing", "unveiling", "launch"]
SessionStatus = Literal["scheduled", "started", "ended"]
StageRole = Literal["publish", "watch"]
Region = Annotated[str, Meta(max_length=40, pattern=r"^[a-z0-9-]*" + END, description="A region of media nodes")]


class SessionEnded(Conflict):
    """The session is over: nobody can publish, watch or start it."""


class SessionNotStarted(Conflict):
    """The session has not begun, so it cannot end."""


class StageEmpty(Conflict):
    """Nobody publishes in the session yet."""


# -- commands and queries -------------------------------------------------------------------------


class CreateSubVenue(Command, frozen=True, kw_only=True):
    """By an operator. Answers the sub-venue."""

    name: Text
    city: Text
    country: CountryCode
    time_zone: Annotated[str, Meta(min_length=1, max_length=64, description="IANA time zone")]
    role: Literal["main", "online", "overseas"] = "overseas"
    synthetic: bool = False


class ScheduleSession(Command, frozen=True, kw_only=True):
    """By an operator. `presenters` are the attendees who may publish. Answers the session."""

    sub_venue_id: Identifier
    kind: SessionKind
    title: Text
    starts_at: Timestamp
    ends_at: Timestamp
    abstract: Text | None = None
    presenters: Annotated[tuple[Identifier, ...], Meta(max_length=50)] = ()


class ImportSubVenues(Command, frozen=True, kw_only=True):
    """Many sub-venues at once, by an operator. Answers `registration.Imported`'s shape."""

    sub_venues: Annotated[tuple[CreateSubVenue, ...], Meta(max_length=100)]


class ImportSessions(Command, frozen=True, kw_only=True):
    """Many sessions at once, by an operator. Answers `registration.Imported`'s shape."""

    sessions: Annotated[tuple[ScheduleSession, ...], Meta(max_length=1000)]


class StartSession(Command, frozen=True, kw_only=True):
    """By a presenter of the session or an operator. Starting a started session changes nothing."""

    session_id: Identifier


class EndSession(Command, frozen=True, kw_only=True):
    """By a presenter of the session or an operator. Ending an ended session changes nothing."""

    session_id: Identifier


class ListSubVenues(Query, frozen=True, kw_only=True):
    """All sub-venues, main venue first."""


class ListSessions(Query, frozen=True, kw_only=True):
    """Sessions by start, a page at a time."""

    sub_venue_id: Identifier | None = None
    kind: SessionKind | None = None
    live: bool | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    cursor: Annotated[str, Meta(max_length=500)] | None = None


class GetSession(Query, frozen=True, kw_only=True):
    """One session."""

    session_id: Identifier


class JoinStage(Query, frozen=True, kw_only=True):
    """Where the actor publishes or watches: answers a `StageTicket`.

    Publishing needs a presenter of the session or an operator; watching needs any attendee or none. `region` is
    where the actor is, where that is known; `avoid` are nodes that did not answer. With `recorded` it is the node
    that packages and records the session, or did so last, also when it is over.
    """

    session_id: Identifier
    role: StageRole
    region: Region = ""
    avoid: Annotated[tuple[Identifier, ...], Meta(max_length=8)] = ()
    recorded: bool = False


class LeaveStage(Query, frozen=True, kw_only=True):
    """A `StageTicket` for the node that holds a peer, to change or end it, even when the session is over.

    `peer` is the last part of the resource's address: ``<node>.<secret>``.
    """

    session_id: Identifier
    role: StageRole
    peer: Annotated[str, Meta(min_length=3, max_length=200, pattern=r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+" + END)]


class GetAudience(Query, frozen=True, kw_only=True):
    """How many watch a session, on which node and in all. Answers an `Audience`."""

    session_id: Identifier


class BarFromStage(Command, frozen=True, kw_only=True):
    """By a presenter or an operator: an attendee leaves the stage and does not come back. Answers the session."""

    session_id: Identifier
    attendee_id: Identifier


class ListMediaNodes(Query, frozen=True, kw_only=True):
    """All media nodes heard of. For operators. Answers `MediaNode`s."""


class CordonMediaNode(Command, frozen=True, kw_only=True):
    """By an operator: the node gets no new peers, or gets them again. Answers the `MediaNode`."""

    node: Identifier
    cordoned: bool


class OperateMediaNode(Query, frozen=True, kw_only=True):
    """A ticket to look into a media node and to end its peers. For operators. Answers a `NodeTicket`."""

    node: Identifier


# -- answers --------------------------------------------------------------------------------------


class SubVenue(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A sub-venue, and the session that is live in it now, if one is."""

    id: str
    name: Bilingual
    city: Bilingual
    country: str
    time_zone: str
    role: Literal["main", "online", "overseas"]
    version: int
    synthetic: bool = False
    live_session_id: str | None = None


class Session(Struct, frozen=True, kw_only=True, omit_defaults=False):
    """A slot in a sub-venue's programme. `live` follows the publisher: true while media comes in."""

    id: str
    sub_venue_id: str
    kind: SessionKind
    title: Bilingual
    starts_at: Timestamp
    ends_at: Timestamp
    time_zone: str
    status: SessionStatus
    live: bool
    version: int
    abstract: Bilingual | None = None
    presenters: tuple[str, ...] = ()
    started_at: Timestamp | None = None
    ended_at: Timestamp | None = None


class StageTicket(Struct, frozen=True, kw_only=True):
    """The media node to use and a short-lived capability for one session and role."""

    node: str
    url: str
    capability: str
    session_id: str
    role: StageRole


class Audience(Struct, frozen=True, kw_only=True):
    """Who watches a session now, by the last word of the nodes (at most two seconds old)."""

    session_id: str
    live: bool
    viewers: int
    by_node: dict[str, int]


class MediaNode(Struct, frozen=True, kw_only=True):
    """A media node as it last told of itself. `relays` are the sessions that it pulls from another node."""

    name: str
    url: str
    region: str
    capacity: int
    viewers: int
    stages: tuple[str, ...]
    relays: tuple[str, ...]
    cordoned: bool
    seen_at: Timestamp


class NodeTicket(Struct, frozen=True, kw_only=True):
    """Where a media node is, and a short-lived capability to operate it."""

    node: str
    url: str
    capability: str


# -- events of the programme (from control) -------------------------------------------------------


class SubVenueCreated(Event, frozen=True, kw_only=True, tag="streaming.sub_venue_created.v1"):
    """A sub-venue joined the conference."""

    sub_venue: SubVenue


class SessionScheduled(Event, frozen=True, kw_only=True, tag="streaming.session_scheduled.v1"):
    """A session is in the programme: the whole of it."""

    must_be_heard: ClassVar[bool] = True

    session: Session


class SessionChanged(Event, frozen=True, kw_only=True, tag="streaming.session_changed.v1"):
    """A session started, ended, went live or fell silent: the whole of it as it is now."""

    must_be_heard: ClassVar[bool] = True

    session: Session


class AttendeeBarred(Event, frozen=True, kw_only=True, tag="streaming.attendee_barred.v1"):
    """An attendee may not be on the stage of a session any more: media nodes end its peers there."""

    session_id: str
    attendee_id: str


# -- events of the stage (from the media nodes) ---------------------------------------------------


class StageOpened(Event, frozen=True, kw_only=True, tag="media.stage_opened.v1"):
    """A publisher's media arrives on a node. `epoch` grows with every publisher of the session (ms clock)."""

    session_id: str
    node: str
    epoch: int


class StageClosed(Event, frozen=True, kw_only=True, tag="media.stage_closed.v1"):
    """The publisher of `epoch` is gone."""

    session_id: str
    node: str
    epoch: int


class NodeHeartbeat(Event, frozen=True, kw_only=True, tag="media.node_heartbeat.v1"):
    """A media node is alive: its address, its load, and the stages it holds as session id → epoch.

    `relays` are the sessions that it pulls from another node, as session id → that node; `audience` the viewers by
    session, where there are any.
    """

    node: str
    url: str
    stages: dict[str, int]
    viewers: int = 0
    stopping: bool = False
    region: Region = ""
    capacity: int = 500
    relays: dict[str, str] = field(default_factory=dict)
    audience: dict[str, int] = field(default_factory=dict)
