"""Counting what the services have answered for, in the words of the figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from .timetable import ACTIVITIES

ORGANISATIONS = {
    "delegation": "delegations",
    "institution": "institutions",
    "partner": "partners",
    "host": "hosts",
    "enterprise": "enterprises",
}


class Tally:
    """How many of each figure have been seen."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._countries: set[str] = set()

    def add(self, kind: str, items: Iterable[dict[str, Any]]) -> None:
        """Count items of a bulk command; `kind` is the field they travel in."""
        for item in items:
            self._counts.update(self._counted(kind, item))

    def __getitem__(self, figure: str) -> int:
        """The count of a figure by its name in `Figures`."""
        if figure == "countries":
            return len(self._countries)
        return self._counts[figure]

    def _counted(self, kind: str, item: dict[str, Any]) -> dict[str, int]:
        match kind:
            case "attendees":
                self._countries.add(item["country"])
                brought = len(item.get("projects", ()))
                return {
                    "attendees": 1,
                    "talents": min(brought, 1),
                    "talent_projects": brought,
                    "projects": brought,
                }
            case "organisations":
                return {ORGANISATIONS[item["kind"]]: 1, "organisations": 1}
            case "sub_venues":
                return {"sub_venues": 1, "overseas_sub_venues": item["role"] == "overseas"}
            case "sessions":
                return {"sessions": 1, "activities": item["kind"] in ACTIVITIES}
            case _:
                return {kind: 1}
