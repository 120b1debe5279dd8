"""A session: a slot in a sub-venue's programme, and whether media comes in for it."""

from __future__ import annotations

from dataclasses import dataclass

from messaging.contracts.errors import InvalidInput, NotAllowed
from messaging.contracts.streaming import (
    AttendeeBarred,
    ScheduleSession,
    SessionChanged,
    SessionEnded,
    SessionKind,
    SessionNotStarted,
    SessionScheduled,
    SessionStatus,
)
from messaging.contracts.streaming import Session as SessionView
from messaging.contracts.types import Actor, Bilingual, bilingual

from .moments import in_utc
from .sub_venue import SubVenue


@dataclass
class Stage:
    """Where a session's live media comes in; `epoch` tells its publishers apart, later ones being larger."""

    node: str
    epoch: int


@dataclass
class Session:
    """Times are RFC 3339 in UTC. `last_epoch` is that of the latest publisher, who may be gone.

    `barred` are the attendees who may not be on its stage any more; `last_node` had the stage last.
    """

    id: str
    sub_venue_id: str
    kind: SessionKind
    title: Bilingual
    abstract: Bilingual | None
    starts_at: str
    ends_at: str
    time_zone: str
    presenters: tuple[str, ...]
    status: SessionStatus = "scheduled"
    started_at: str | None = None
    ended_at: str | None = None
    stage: Stage | None = None
    last_epoch: int = 0
    version: int = 1
    barred: tuple[str, ...] = ()
    last_node: str = ""

    @classmethod
    def schedule(
        cls, command: ScheduleSession, id: str, sub_venue: SubVenue
    ) -> tuple[Session, list[SessionScheduled]]:
        """A new slot and what happened. Raises `InvalidInput` for bad times."""
        session = cls(
            id=id,
            sub_venue_id=sub_venue.id,
            kind=command.kind,
            title=bilingual(command.title),
            abstract=bilingual(command.abstract) if command.abstract else None,
            starts_at=in_utc(command.starts_at, "starts_at"),
            ends_at=in_utc(command.ends_at, "ends_at"),
            time_zone=sub_venue.time_zone,
            presenters=command.presenters,
        )
        if session.ends_at <= session.starts_at:
            raise InvalidInput("a session ends after it starts", "ends_at")
        return session, [SessionScheduled(session=session.view())]

    @property
    def order(self) -> str:
        """Its place in the programme: by start, then by id.

        It begins with a word because nx-27017 compares whatever begins like a date as a date, and nothing else.
        """
        return f"at {self.starts_at} {self.id}"

    @property
    def live(self) -> bool:
        """Whether media comes in now."""
        return self.stage is not None

    def check_presenter(self, actor: Actor | None) -> None:
        """Raises `NotAllowed` unless the actor may publish, start and end."""
        if actor is None or not (actor.id in self.presenters or actor.has_role("presenter")):
            raise NotAllowed("only a presenter of this session or an operator may do this")

    def check_not_barred(self, actor: Actor | None) -> None:
        """Raises `NotAllowed` for an attendee who was shown out."""
        if actor is not None and actor.id in self.barred:
            raise NotAllowed("you were shown out of this session")

    def bar(self, attendee_id: str) -> list[AttendeeBarred]:
        """Show an attendee out for good; doing it twice changes nothing."""
        if attendee_id in self.barred:
            return []
        self.barred = (*self.barred, attendee_id)
        self.version += 1
        return [AttendeeBarred(session_id=self.id, attendee_id=attendee_id)]

    def check_not_ended(self) -> None:
        """Raises `SessionEnded`."""
        if self.status == "ended":
            raise SessionEnded("this session is over")

    def start(self, now: str) -> list[SessionChanged]:
        """Begin; beginning twice changes nothing. Raises `SessionEnded`."""
        self.check_not_ended()
        if self.status == "started":
            return []
        self.status, self.started_at = "started", now
        return self._changed()

    def end(self, now: str) -> list[SessionChanged]:
        """End, with the stage; ending twice changes nothing. Raises `SessionNotStarted`."""
        if self.status == "scheduled":
            raise SessionNotStarted("this session has not started")
        if self.status == "ended":
            return []
        self.status, self.ended_at, self.stage = "ended", now, None
        return self._changed()

    def open_stage(self, node: str, epoch: int, now: str) -> list[SessionChanged]:
        """Media comes in, which starts a scheduled session; ended ones and older publishers change nothing."""
        if self.status == "ended" or epoch <= self.last_epoch:
            return []
        self.stage, self.last_epoch, self.last_node = Stage(node, epoch), epoch, node
        if self.status == "scheduled":
            self.status, self.started_at = "started", now
        return self._changed()

    def close_stage(self, epoch: int) -> list[SessionChanged]:
        """The publisher of `epoch` is gone; that of a later one stays.

        An end that overtook its beginning is remembered, so that the beginning counts no more.
        """
        closed = self.stage is not None and self.stage.epoch <= epoch
        if closed:
            self.stage = None
        elif epoch > self.last_epoch:
            self.version += 1
        self.last_epoch = max(self.last_epoch, epoch)
        return self._changed() if closed else []

    def _changed(self) -> list[SessionChanged]:
        self.version += 1
        return [SessionChanged(session=self.view())]

    def view(self) -> SessionView:
        """The session as anyone may read it."""
        return SessionView(
            id=self.id,
            sub_venue_id=self.sub_venue_id,
            kind=self.kind,
            title=self.title,
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            time_zone=self.time_zone,
            status=self.status,
            live=self.live,
            version=self.version,
            abstract=self.abstract,
            presenters=self.presenters,
            started_at=self.started_at,
            ended_at=self.ended_at,
        )
