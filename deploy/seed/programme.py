"""The programme: eleven venues that open at the same moment, and what happens in each on both days."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from . import figures
from .projects import PATIENCE, concepts
from .words import Pair, Sector, mainland_cities, on_the_wire, pair, pairs, phrases, sectors

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


class Pitch(NamedTuple):
    """A project that is pitched: its title, and its owner's country and place among the attendees."""

    title: Pair
    sector: Sector
    country: str
    attendee: int


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


class SessionWriter:
    """Puts slots into words, as `streaming.ScheduleSession` wants them."""

    def __init__(self, rng: Random, pitches: Iterable[Pitch]) -> None:
        self._rng = rng
        self._pitches: dict[str, list[Pitch]] = defaultdict(list)
        abroad = {venue.country for venue in venues() if venue.role == "overseas"}
        for pitch in pitches:
            self._pitches[pitch.country if pitch.country in abroad else ""].append(pitch)
        self._titles: set[Pair] = set()

    def session(
        self, command_id: str, slot: Slot, sub_venue_id: str, attendee_ids: Sequence[str]
    ) -> dict[str, Any]:
        """The session of one slot; the owner of a pitched project may publish in it."""
        pitch = self._next_pitch(slot)
        if slot.kind == "opening":
            title, abstract = _opening(slot)
        else:
            title, abstract = self._words(slot, pitch)
        session: dict[str, Any] = {
            "command_id": command_id,
            "sub_venue_id": sub_venue_id,
            "kind": "talk" if slot.kind == "opening" else slot.kind,
            "title": on_the_wire(title),
            "abstract": on_the_wire(abstract),
            "starts_at": rfc3339(slot.starts_at),
            "ends_at": rfc3339(slot.starts_at + LENGTH),
        }
        if pitch is not None:
            session["presenters"] = [attendee_ids[pitch.attendee]]
        return session

    def _next_pitch(self, slot: Slot) -> Pitch | None:
        """A project from the venue's own country; at home and on the broadcast, from where there is no venue."""
        venue = venues()[slot.venue]
        waiting = self._pitches[venue.country if venue.role == "overseas" else ""]
        return waiting.pop() if slot.kind == "pitch" and waiting else None

    def _words(self, slot: Slot, pitch: Pitch | None) -> tuple[Pair, Pair]:
        """A title that is hardly there yet, and the abstract that belongs to it."""
        grammar = phrases("programme")["kinds"][slot.kind]
        for _ in range(PATIENCE):
            sector = pitch.sector if pitch else self._rng.choice(sectors())
            about = concepts(sector, self._rng) | self._places(slot)
            about["project"] = pitch.title if pitch else about["p"]
            title = self._rng.choice(pairs(grammar["titles"])).fill(about)
            if title not in self._titles:
                break
        self._titles.add(title)
        return title, pair(grammar["abstract"]).fill(about)

    def _places(self, slot: Slot) -> dict[str, Pair]:
        """A city on the mainland and one abroad: the venue's own, or for the main venue any that is connected."""
        venue = venues()[slot.venue]
        if venue.role != "overseas":
            venue = self._rng.choice([other for other in venues() if other.role == "overseas"])
        return {"city": self._rng.choice(mainland_cities()), "abroad": venue.city}


def _opening(slot: Slot) -> tuple[Pair, Pair]:
    words = phrases("programme")
    title = pair(words["opening"]).fill({"venue": venues()[slot.venue].name})
    return title, pair(words["opening_abstract"])


def rfc3339(moment: datetime) -> str:
    """`moment` in UTC as the contracts write it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
