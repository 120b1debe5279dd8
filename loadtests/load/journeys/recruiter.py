"""Offers work for an enterprise, and reads who applied."""

from __future__ import annotations

from locust import between, task

from loadtests.load.attendee import Attendee, journal
from loadtests.load.words import WORDS


class Recruiter(Attendee):
    """Somebody who recruits."""

    weight = 3
    wait_time = between(30, 60)

    def on_start(self) -> None:
        """Register, and found the enterprise."""
        super().on_start()
        body = {"name": f"Enterprise {self.number}", "kind": "enterprise", "country": "CN"}
        organisation = self.write("POST", "/api/v1/organisations", body)
        self.organisation = organisation["id"] if organisation else ""
        self.vacancies: list[str] = []

    @task(1)
    def offer_work(self) -> None:
        """One more vacancy."""
        if not self.organisation:
            return
        word = self.rng.choice(WORDS)
        about = {"title": f"{word} {self.number}", "description": f"Works on {word}.", "openings": 5}
        body = {"organisation_id": self.organisation, "sector": "ai", "country": "CN", **about}
        posted = self.write("POST", "/api/v1/vacancies", body)
        if posted:
            self.vacancies.append(posted["id"])
            journal.note("vacancy", id=posted["id"])

    @task(2)
    def read_applications(self) -> None:
        """Who wants to come?"""
        if self.vacancies:
            path = f"/api/v1/vacancies/{self.rng.choice(self.vacancies)}"
            self.read(path, name="GET a vacancy")
