"""One convention, whole: the same seed and figures make the same bytes, item for item.

Every kind of thing has a random stream of its own, so that a change in one leaves the others as they are.
Nothing is kept: each method generates while it is read. Items are builtins in the shape of the services'
bulk commands, each with a `command_id` of its own, so that loading them twice creates nothing new.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from random import Random
from typing import Any

from .attendees import attendees
from .figures import PUBLISHED, Figures
from .organisations import Organisation, organisations
from .programme import Pitch, SessionWriter
from .projects import ProjectWriter
from .timetable import slots, venues
from .vacancies import vacancies
from .words import Pair, sectors

DEFAULT_SEED = 2020

Item = dict[str, Any]


class Convention:
    """The convention of a seed."""

    def __init__(self, seed: int = DEFAULT_SEED, figures: Figures = PUBLISHED) -> None:
        self.figures = figures
        self._prefix = f"seed-{seed}"

    def attendees(self) -> Iterator[Item]:
        """For `registration.import_attendees`."""
        return attendees(self._prefix, self._stream("attendees"), self.figures)

    def organisations(self) -> Iterator[Item]:
        """For `registration.import_organisations`."""
        for number, organisation in enumerate(self._organisations, start=1):
            yield organisation.on_the_wire(f"{self._prefix}-organisation-{number:04d}")

    def projects(self, organisation_ids: Sequence[str]) -> Iterator[Item]:
        """For `registration.import_projects`: presented by institutions and partners overseas.

        Theirs, and so every project's, are the same countries and regions that the attendees come from.
        """
        rng = self._stream("projects")
        writer = ProjectWriter(rng)
        presenters = [
            (organisation, organisation_id)
            for organisation, organisation_id in zip(self._organisations, organisation_ids, strict=True)
            if organisation.country != "CN"
        ]
        for number in range(1, self.figures.organisation_projects + 1):
            organisation, organisation_id = rng.choice(presenters)
            yield {
                "command_id": f"{self._prefix}-project-{number:04d}",
                "organisation_id": organisation_id,
                **writer.draft(rng.choice(organisation.sectors or sectors())),
            }

    def vacancies(self, organisation_ids: Sequence[str]) -> Iterator[Item]:
        """For `jobs.import_vacancies`."""
        count = self.figures.enterprises
        return vacancies(
            self._prefix,
            self._stream("vacancies"),
            self._organisations[-count:],
            organisation_ids[-count:],
            self.figures.vacancies,
        )

    def sub_venues(self) -> Iterator[Item]:
        """For `streaming.import_sub_venues`."""
        for number, venue in enumerate(venues(), start=1):
            yield venue.on_the_wire(f"{self._prefix}-sub-venue-{number:02d}")

    def sessions(self, sub_venue_ids: Sequence[str], attendee_ids: Sequence[str]) -> Iterator[Item]:
        """For `streaming.import_sessions`."""
        writer = SessionWriter(self._stream("sessions"), self._pitches())
        for number, slot in enumerate(slots(self.figures.activities), start=1):
            command_id = f"{self._prefix}-session-{number:03d}"
            yield writer.session(command_id, slot, sub_venue_ids[slot.venue], attendee_ids)

    @cached_property
    def _organisations(self) -> list[Organisation]:
        return organisations(self._stream("organisations"), self.figures)

    def _pitches(self) -> Iterator[Pitch]:
        """The first project of every talent, where it has a title in both languages."""
        by_slug = {sector.slug: sector for sector in sectors()}
        for place, attendee in enumerate(self.attendees()):
            for project in attendee.get("projects", ())[:1]:
                if isinstance(project["title"], dict):
                    title, sector = Pair(**project["title"]), by_slug[project["sector"]]
                    yield Pitch(title, sector, attendee["country"], place)

    def _stream(self, name: str) -> Random:
        return Random(f"{self._prefix}/{name}")
