"""People who register with a project, change it and apply to vacancies, and do not give up.

Every command carries an idempotency key and is sent again until it is answered, as the API asks of its clients.
"""

from __future__ import annotations

import asyncio
import itertools
import re
from contextlib import suppress
from typing import Any

import aiohttp

from .history import History

PATIENCE = 5.0  # seconds for one try
PAUSES = (0.05, 0.1, 0.2, 0.4)  # seconds between tries; the last for all further ones
CHANGES, APPLICATIONS = 3, 2  # of each person
FULL = "urn:subvenue:problem:no-openings-left"


class GaveUp(Exception):
    """The command was refused, or the run is over and its outcome unknown."""


class Full(Exception):
    """The vacancy has no opening left: a good answer, and nothing to try again."""


class Crowd:
    """Talks to the API at `url`. `over`: no new people; `closed`: what is under way is not tried any more."""

    def __init__(self, url: str, history: History, session: aiohttp.ClientSession) -> None:
        self.over = self.closed = False
        self.history = history
        self._url, self._session = f"{url}/api/v1", session

    async def stay(self, name: str, vacancies: list[str]) -> None:
        """One person after the other; each applies to the next vacancies."""
        turn = itertools.cycle(vacancies)
        for number in itertools.count():
            if self.over:
                return
            with suppress(GaveUp):
                await self._live(f"{name}-{number}", [next(turn) for _ in range(APPLICATIONS)])

    async def _live(self, person: str, vacancies: list[str]) -> None:
        registered = await self.register(person)
        headers, project = registered["headers"], registered["projects"][0]["id"]
        for number in range(CHANGES):
            change = {"abstract": f"Change {number} by {person}."}
            changed = await self._ask("change", "PATCH", f"/projects/{project}", f"{number}", change, headers)
            self._acknowledged("change", "project", person, changed)
        for vacancy in vacancies:
            key, path = f"{registered['id']} {vacancy}", f"/vacancies/{vacancy}/applications"
            try:
                await self.command("application", key, path, {"message": "Here I am."}, headers)
            except Full:
                self.history.note("full", vacancy=vacancy)

    async def register(self, person: str) -> dict[str, Any]:
        """Register with one project; answers who that is, with the `headers` to send."""
        email = f"{person}@example.org"
        self.history.note("attempted", kind="project", key=person)
        registered = await self.command("attendee", email, "/attendees", registration(person, email))
        self._acknowledged("", "project", person, registered["projects"][0])  # no command of its own
        return {**registered, "headers": {"Authorization": f"Bearer {registered['token']}"}}

    async def command(self, kind: str, key: str, path: str, body: Any, headers: Any = None) -> dict[str, Any]:
        """Make a thing of this `kind`; answers it, however long it takes. Raises `GaveUp` and `Full`."""
        self.history.note("attempted", kind=kind, key=key)
        answer = await self._ask(kind, "POST", path, key, body, headers)
        self._acknowledged(kind, kind, key, answer)
        return answer

    def _acknowledged(self, command: str, kind: str, key: str, answer: dict[str, Any]) -> None:
        version = answer.get("version", 1)
        self.history.note("acknowledged", command=command, kind=kind, key=key, id=answer["id"], version=version)

    async def _ask(self, what: str, method: str, path: str, key: str, body: Any, headers: Any) -> dict[str, Any]:
        sent = {"Idempotency-Key": re.sub("[^a-zA-Z0-9]", "-", f"{what} {key}"), **(headers or {})}
        for attempt in itertools.count():
            if self.closed:
                break
            try:
                async with self._session.request(method, self._url + path, json=body, headers=sent) as answer:
                    document: dict[str, Any] = await answer.json(content_type=None)
            except (aiohttp.ClientError, TimeoutError, ValueError) as error:
                self.history.note("failed", command=what, error=type(error).__name__)
            else:
                if answer.ok:
                    return document
                if document.get("type") == FULL:
                    raise Full
                final = answer.status < 500 and answer.status != 429
                self.history.note("refused" if final else "failed", command=what, key=key, error=answer.status,
                                  detail=str(document.get("detail"))[:200])  # fmt: skip
                if final:
                    raise GaveUp
            await asyncio.sleep(PAUSES[min(attempt, len(PAUSES) - 1)])
        raise GaveUp


def registration(person: str, email: str) -> dict[str, Any]:
    """A body for POST /attendees with one project, whose title is who brought it."""
    project = {"title": {"en": person}, "abstract": "It holds.", "sector": "ai"}
    return {
        "email": email,
        "name": "An attendee",
        "country": "AU",
        "languages": ["en"],
        "time_zone": "Australia/Sydney",
        "mode": "online",
        "sectors": ["ai"],
        "projects": [project],
    }
