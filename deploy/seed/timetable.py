"""The timetable: eleven venues that open at the same moment, and the slots of each on both days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from . import figures
from .words import Pair, on_the_wire, pair, phrases

#: The kinds of the countable activities, and how they alternate.
ACTIVITIES = ("signing", "unveiling", "launch")
LENGTH = timedelta(minutes=40)
RHYTHM = timedelta(minutes=45)
#: At home three slots, then lunch, then the rest; overseas no break.
SLOTS_BEFORE_LUNCH = 3
LUNCH = timedelta(minutes=75)


class Venue(NamedTuple):
    """A venue of the vocabulary; `programme_after` is in hours after the opening."""

    name: Pair
    city: Pair
    country: str
    time_zone: str
    programme_after: int
    role: str = "overseas"
    synthetic: bool = False

    def on_the_wire(self, command_id: str) -> dict[str, Any]:
        """`streaming.CreateSubVenue` as builtins."""
        return {
            "command_id": command_id,
            "name": on_the_wire(self.name),
            "city": on_the_wire(self.city),
            "country": self.country,
            "time_zone": self.time_zone,
            "role": self.role,
            "synthetic": self.synthetic,
        }


class Slot(NamedTuple):
    """A place in the programme: what kind of session, in which venue (its place in `venues()`), when (UTC)."""

    kind: str
    venue: int
    starts_at: datetime


@cache
def venues() -> tuple[Venue, ...]:
    """All venues, the main venue first."""
    return tuple(
        Venue(**{**row, "name": pair(row["name"]), "city": pair(row["city"])})
        for row in phrases("programme")["venues"]
    )


def opening_time(day: int) -> datetime:
    """When the conference day begins in the main venue, in UTC."""
    local = datetime.combine(figures.DAYS[day], figures.OPENING, ZoneInfo(figures.MAIN_TIME_ZONE))
    return local.astimezone(UTC)


def slots(activities: int) -> Iterator[Slot]:
    """Every slot: the opening in all venues, then each venue's days.

    The activities are spread evenly over the slots of all venues but the broadcast; talks and pitches
    alternate in the others.
    """
    yield from (Slot("opening", number, opening_time(0)) for number in range(len(venues())))
    places = [(number, start) for number in range(len(venues())) for start in _starts(number)]
    stages = sum(venues()[number].role != "online" for number, _ in places)
    on_stage = done = 0
    for index, (number, start) in enumerate(places):
        kind = ("talk", "pitch")[index % 2]
        if venues()[number].role != "online":
            on_stage += 1
            if on_stage * activities // stages > done:
                kind, done = ACTIVITIES[done % len(ACTIVITIES)], done + 1
        yield Slot(kind, number, start)


def _starts(number: int) -> Iterator[datetime]:
    """When the slots of one venue begin, on both days."""
    venue = venues()[number]
    at_home = venue.role != "overseas"
    for day in range(len(figures.DAYS)):
        first = opening_time(day) + timedelta(hours=venue.programme_after)
        for slot in range(figures.SLOTS_AT_HOME if at_home else figures.SLOTS_OVERSEAS):
            lunch = LUNCH if at_home and slot >= SLOTS_BEFORE_LUNCH else timedelta()
            yield first + slot * RHYTHM + lunch
