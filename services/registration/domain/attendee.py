"""An attendee: somebody who takes part, online or onsite."""

from __future__ import annotations

from dataclasses import dataclass

from messaging.contracts.registration import (
    Attendee as AttendeeView,
)
from messaging.contracts.registration import (
    AttendeeRegistered,
    AttendeeUpdated,
    BroughtProject,
    Created,
    Mode,
    RegisterAttendee,
    UpdateAttendee,
)

from .rules import check_country, check_time_zone, unique


@dataclass
class Attendee:
    """`email` is as given, `address` its lower case, which is unique; times are RFC 3339 in UTC."""

    id: str
    email: str
    name: str
    country: str
    languages: tuple[str, ...]
    time_zone: str
    mode: Mode
    sectors: tuple[str, ...]
    project_ids: tuple[str, ...]
    registered_at: str
    version: int = 1

    @property
    def address(self) -> str:
        """The email address as it is compared."""
        return self.email.casefold()

    @classmethod
    def register(
        cls, command: RegisterAttendee, id: str, project_ids: tuple[str, ...], now: str
    ) -> tuple[Attendee, list[AttendeeRegistered]]:
        """A new attendee and what happened. Raises `InvalidInput` for an unknown country or time zone."""
        attendee = cls(
            id=id,
            email=command.email,
            name=command.name,
            country=check_country(command.country),
            languages=unique(command.languages),
            time_zone=check_time_zone(command.time_zone),
            mode=command.mode,
            sectors=unique(command.sectors),
            project_ids=project_ids,
            registered_at=now,
        )
        brought = zip(project_ids, command.projects, strict=True)
        registered = AttendeeRegistered(
            attendee_id=id,
            country=attendee.country,
            mode=attendee.mode,
            languages=attendee.languages,
            sectors=attendee.sectors,
            projects=tuple(BroughtProject(id=project_id, draft=draft) for project_id, draft in brought),
        )
        return attendee, [registered]

    def update(self, command: UpdateAttendee) -> list[AttendeeUpdated]:
        """Change what the command gives. Raises `InvalidInput` for an unknown country or time zone."""
        if isinstance(command.name, str):
            self.name = command.name
        if isinstance(command.country, str):
            self.country = check_country(command.country)
        if isinstance(command.time_zone, str):
            self.time_zone = check_time_zone(command.time_zone)
        if isinstance(command.languages, tuple):
            self.languages = unique(command.languages)
        if isinstance(command.sectors, tuple):
            self.sectors = unique(command.sectors)
        if isinstance(command.mode, str):
            self.mode = command.mode
        self.version += 1
        return [
            AttendeeUpdated(
                attendee_id=self.id,
                country=self.country,
                mode=self.mode,
                languages=self.languages,
                sectors=self.sectors,
            )
        ]

    def view(self) -> AttendeeView:
        """The attendee as that attendee may read it."""
        return AttendeeView(
            id=self.id,
            email=self.email,
            name=self.name,
            country=self.country,
            languages=self.languages,
            time_zone=self.time_zone,
            mode=self.mode,
            registered_at=self.registered_at,
            version=self.version,
            sectors=self.sectors,
            projects=tuple(Created(id) for id in self.project_ids),
        )
