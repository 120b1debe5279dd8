"""Looks for work: finds vacancies, reads one, applies, sees what became of it."""

from __future__ import annotations

from locust import between, task

from loadtests.load.attendee import Attendee, journal
from loadtests.load.words import WORDS

CONFLICT = 409


class Candidate(Attendee):
    """Somebody who applies."""

    weight = 12
    wait_time = between(30, 60)

    @task(3)
    def apply(self) -> None:
        """Find, read, apply: a vacancy that is full by then refuses, which is right."""
        found = self.read("/api/v1/search", name="GET search", q=self.rng.choice(WORDS), type="vacancy")
        if not found or not found["hits"]:
            return
        vacancy = self.rng.choice(found["hits"])["id"]
        self.read(f"/api/v1/vacancies/{vacancy}", name="GET a vacancy")
        body = {"message": "I would like to join."}
        path = f"/api/v1/vacancies/{vacancy}/applications"
        applied = self.write("POST", path, body, name="POST an application", refused=CONFLICT)
        if applied:
            journal.note("application", id=applied["id"], token=self.token)

    @task(1)
    def look_at_own_applications(self) -> None:
        """Anything new?"""
        self.read("/api/v1/me/applications", name="GET own applications")
