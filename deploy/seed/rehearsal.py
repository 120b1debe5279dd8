"""A bus without a broker: services in memory that accept what they are sent. For ``--dry-run`` and for tests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


class Rehearsal:
    """Answers the bulk commands and counts of the loader as the services would; ids are the command ids."""

    def __init__(self) -> None:
        self.stored: dict[str, dict[str, dict[str, Any]]] = {}

    async def call(self, service: str, method: str, kwargs: dict[str, Any], *, deadline: float) -> Any:
        """See `delivery.Bus`."""
        match method:
            case "count_documents":
                return {
                    "project": sum(1 for _ in self._projects()),
                    "vacancy": len(self.stored.get("vacancies", {})),
                    "session": len(self.stored.get("sessions", {})),
                }
            case "search":
                return {"facets": {"country": sorted(set(self._projects()))}}
            case _:
                return self._store(method.removeprefix("import_"), kwargs)

    def _store(self, kind: str, kwargs: dict[str, Any]) -> dict[str, Any]:
        items = kwargs[kind]
        stored = self.stored.setdefault(kind, {})
        before = len(stored)
        for item in items:
            stored.setdefault(item["command_id"], item)
        created = len(stored) - before
        ids = [item["command_id"] for item in items]
        return {"created": created, "existing": len(items) - created, "ids": ids}

    def _projects(self) -> Iterator[str]:
        """The country of each project: its owner's."""
        for attendee in self.stored.get("attendees", {}).values():
            yield from (attendee["country"] for _ in attendee.get("projects", ()))
        organisations = self.stored.get("organisations", {})
        for project in self.stored.get("projects", {}).values():
            yield organisations[project["organisation_id"]]["country"]
