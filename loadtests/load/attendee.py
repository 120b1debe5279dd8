"""What every attendee does: come from a region, register, keep a stream open, repeat what was not answered."""

from __future__ import annotations

import itertools
import os
from random import Random
from typing import Any

import gevent
from locust import FastHttpUser

from .journal import Journal
from .regions import a_region
from .settings import Settings
from .stream import Stream

TRIES = 5
TRY_AGAIN = 5.0  # seconds after which somebody who could not register tries anew
AGAIN = (0, 429, 502, 503, 504)  # 0: no answer at all
WHERE = (
    ("AU", "Australia/Sydney"),
    ("JP", "Asia/Tokyo"),
    ("US", "America/Los_Angeles"),
    ("DE", "Europe/Berlin"),
    ("SG", "Asia/Singapore"),
)

settings = Settings.read()
journal = Journal(settings.results)
numbers = itertools.count()


class Attendee(FastHttpUser):
    """Somebody at the conference; a journey is a subclass with tasks."""

    abstract = True
    insecure = True
    network_timeout = 15.0
    connection_timeout = 15.0

    def __init__(self, environment: Any) -> None:
        self.number = f"{os.getpid()}-{next(numbers)}"
        self.rng = Random(f"{settings.seed}/{self.number}")
        self.region = a_region(self.rng)
        self.host = settings.urls[self.region.name]
        super().__init__(environment)
        self._stream: gevent.Greenlet | None = None
        self._keys = itertools.count()
        self.token = ""

    def on_start(self) -> None:
        """Open the page: its stream, the programme, the registration."""
        stream = Stream(self.host, self.environment, self.rng)
        self._stream = gevent.spawn(stream.run)
        while (registered := self.write("POST", "/api/v1/attendees", self.registration())) is None:
            gevent.sleep(TRY_AGAIN)
        self.id, self.token = registered["id"], registered["token"]
        self.projects = [project["id"] for project in registered["projects"]]
        journal.note("attendee", id=self.id, token=self.token, projects=self.projects)

    def on_stop(self) -> None:
        """Close the page."""
        if self._stream is not None:
            self._stream.kill(block=False)

    def registration(self) -> dict[str, Any]:
        """The body to register with."""
        country, time_zone = self.rng.choice(WHERE)
        return {
            "email": f"load-{settings.seed}-{self.number}@example.org",
            "name": "An attendee",
            "country": country,
            "languages": ["zh", "en"],
            "time_zone": time_zone,
            "mode": "online",
            "projects": [],
        }

    def read(self, path: str, name: str = "", **parameters: Any) -> Any:
        """The JSON at `path`, or None when there was none; counted under `name`."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token and "/me" in path else {}
        with self.client.get(
            path, name=name or path, params=parameters or None, headers=headers, catch_response=True
        ) as answer:
            self._without_the_way("reads", answer)
            return answer.json() if answer.status_code == 200 else None

    def write(self, method: str, path: str, body: Any, name: str = "", token: str = "", refused: int = 0) -> Any:
        """What a command answers, sent again with its key as often as a patient page does; None when it never did.

        An answer with status `refused` is expected and no failure, and also answers None.
        """
        headers = {"Idempotency-Key": f"load-{self.number}-{next(self._keys)}"}
        if token or self.token:
            headers["Authorization"] = f"Bearer {token or self.token}"
        for attempt in range(TRIES):
            with self.client.request(
                method, path, name=name or path, json=body, headers=headers, catch_response=True
            ) as answer:
                self._without_the_way("writes", answer)
                if answer.status_code in (200, 201):
                    return answer.json()
                if refused and answer.status_code == refused:
                    answer.success()
                    return None
            if answer.status_code not in AGAIN:
                return None
            gevent.sleep(0.5 * 2**attempt)
        return None

    def _without_the_way(self, kind: str, answer: Any) -> None:
        """Count the answer once more, less the round trip from the attendee's region: what the system took."""
        if answer.status_code:
            took = answer.request_meta["response_time"] - 2000 * self.region.delay
            self.environment.events.request.fire(
                request_type="SYSTEM",
                name=kind,
                response_time=max(0.0, took),
                response_length=0,
                exception=None,
                context={},
            )
