"""A sub-venue: a place of the conference with a programme of its own; the main venue and the broadcast are two."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from messaging.contracts.streaming import CreateSubVenue, SubVenueCreated
from messaging.contracts.streaming import SubVenue as SubVenueView
from messaging.contracts.types import Bilingual, bilingual

from .moments import check_time_zone

_ORDER = ("main", "online", "overseas")


@dataclass
class SubVenue:
    """`synthetic` marks a sub-venue that was made up for the demo."""

    id: str
    name: Bilingual
    city: Bilingual
    country: str
    time_zone: str
    role: Literal["main", "online", "overseas"]
    synthetic: bool
    version: int = 1

    @classmethod
    def create(cls, command: CreateSubVenue, id: str) -> tuple[SubVenue, list[SubVenueCreated]]:
        """A new sub-venue and what happened. Raises `InvalidInput` for an unknown time zone."""
        sub_venue = cls(
            id=id,
            name=bilingual(command.name),
            city=bilingual(command.city),
            country=command.country,
            time_zone=check_time_zone(command.time_zone),
            role=command.role,
            synthetic=command.synthetic,
        )
        return sub_venue, [SubVenueCreated(sub_venue=sub_venue.view())]

    @property
    def rank(self) -> tuple[int, str]:
        """Where it stands in a list: the main venue first, then the broadcast."""
        return _ORDER.index(self.role), self.name.in_language("en")

    def view(self, live_session_id: str | None = None) -> SubVenueView:
        """The sub-venue as anyone may read it."""
        return SubVenueView(
            id=self.id,
            name=self.name,
            city=self.city,
            country=self.country,
            time_zone=self.time_zone,
            role=self.role,
            version=self.version,
            synthetic=self.synthetic,
            live_session_id=live_session_id,
        )
