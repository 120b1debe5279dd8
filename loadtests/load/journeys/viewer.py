"""Watches: the programme, a venue, a session, and on to the next."""

from __future__ import annotations

from locust import between, task

from loadtests.load.attendee import Attendee


class Viewer(Attendee):
    """Most people."""

    weight = 60
    wait_time = between(40, 80)

    @task(3)
    def look_at_a_session(self) -> None:
        """Choose from the programme, open the session."""
        programme = self.read("/api/v1/sessions?limit=100", name="GET programme")
        if programme:
            session = self.rng.choice(programme["items"])
            self.read(f"/api/v1/sessions/{session['id']}", name="GET a session")

    @task(1)
    def look_at_the_venues(self) -> None:
        """See what is live where."""
        self.read("/api/v1/sub-venues", name="GET sub-venues")
