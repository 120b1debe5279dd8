"""People who register with a project, change it and apply to a vacancy, and do not give up.

Every command carries an idempotency key and is sent again until it is answered, as the API asks of its clients.
"""

from __future__ import annotations

import itertools
import re
import threading
from typing import Any

import httpx

from .history import History

PATIENCE = 5.0  # seconds for one try
PAUSE = 0.1  # seconds between tries


class GaveUp(Exception):
    """The run is over and the command has not been answered: its outcome is unknown."""


class Client(threading.Thread):
    """One person after the other, until `over` is set; what is under way then is still tried until `closed`."""

    def __init__(self, name: str, url: str, vacancies: list[str], history: History) -> None:
        super().__init__(name=name, daemon=True)
        self.over, self.closed = threading.Event(), threading.Event()
        self._vacancies, self._history = itertools.cycle(vacancies), history
        self._http = httpx.Client(base_url=url, timeout=PATIENCE)

    def run(self) -> None:
        """Be one person after the other."""
        for number in itertools.count():
            if self.over.is_set():
                return
            try:
                self._live(f"{self.name}-{number}")
            except GaveUp:
                return

    def _live(self, person: str) -> None:
        """Register with a project, change its title, apply."""
        registered = self.register(person)
        headers, project = registered["headers"], registered["projects"][0]["id"]
        change = {"abstract": f"Changed by {person}."}
        changed = self.command("change", person, "PATCH", f"/projects/{project}", change, headers)
        self._history.note(
            "acknowledged", kind="project", key=person, id=project, version=changed["version"], changed=True
        )
        vacancy = next(self._vacancies)
        address, key = f"/vacancies/{vacancy}/applications", f"{registered['id']} {vacancy}"
        self.command("application", key, "POST", address, {"message": "Here I am."}, headers)

    def register(self, person: str) -> dict[str, Any]:
        """Register with one project; answers who that is, with the `headers` to send."""
        email = f"{person}@example.org"
        self._history.note("attempted", kind="project", key=person)
        registered = self.command("attendee", email, "POST", "/attendees", registration(person, email))
        self._history.note("acknowledged", kind="project", key=person, id=registered["projects"][0]["id"])
        return {**registered, "headers": {"Authorization": f"Bearer {registered['token']}"}}

    def command(self, kind: str, key: str, method: str, path: str, body: Any, headers: Any = None) -> Any:
        """The answer of success to a command, however long it takes."""
        self._history.note("attempted", kind=kind, key=key)
        while not self.closed.is_set():
            try:
                sent = {"Idempotency-Key": re.sub("[^a-zA-Z0-9]", "-", f"{kind} {key}"), **(headers or {})}
                answer = self._http.request(method, f"/api/v1{path}", json=body, headers=sent)
            except httpx.HTTPError as error:
                self._history.note("failed", kind=kind, error=type(error).__name__)
            else:
                if answer.is_success:
                    document = answer.json()
                    self._history.note("acknowledged", kind=kind, key=key, id=document["id"])
                    return document
                self._history.note("failed", kind=kind, error=answer.status_code, detail=answer.text[:300])
            self.closed.wait(PAUSE)
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
