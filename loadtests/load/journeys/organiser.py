"""Runs the programme: puts a session into it, starts it, ends it. Everybody's page hears of each step."""

from __future__ import annotations

from locust import between, task

from loadtests.load.attendee import Attendee, journal, settings

STEPS = ("start", "end")


class Organiser(Attendee):
    """An operator."""

    weight = 1
    wait_time = between(30, 60)

    def on_start(self) -> None:
        """Register, and begin with no session under way."""
        super().on_start()
        self._session, self._step = "", 0

    @task
    def run_the_programme(self) -> None:
        """The next step of a session's life."""
        if not self._session:
            self._schedule()
            return
        step = STEPS[self._step]
        path = f"/api/v1/sessions/{self._session}/{step}"
        session = self.write("POST", path, None, name=f"POST {step} a session", token=settings.operator)
        if session:
            journal.note("session", id=self._session, status=session["status"])
            self._step += 1
        if self._step == len(STEPS):
            self._session, self._step = "", 0

    def _schedule(self) -> None:
        times = {"starts_at": "2026-12-19T01:00:00Z", "ends_at": "2026-12-19T02:00:00Z"}
        body = {"sub_venue_id": self.rng.choice(settings.sub_venues), "kind": "talk", "title": "A talk", **times}
        session = self.write("POST", "/api/v1/sessions", body, token=settings.operator)
        if session:
            self._session = session["id"]
            journal.note("session", id=self._session, status=session["status"])
