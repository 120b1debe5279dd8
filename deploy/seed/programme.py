"""The programme: the slots of the timetable, put into words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from random import Random
from typing import Any, NamedTuple

from .projects import PATIENCE, concepts
from .timetable import LENGTH, Slot, venues
from .words import Pair, Sector, mainland_cities, on_the_wire, pair, pairs, phrases, sectors


class Pitch(NamedTuple):
    """A project that is pitched: its title, and its owner's country and place among the attendees."""

    title: Pair
    sector: Sector
    country: str
    attendee: int


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
