"""Brings a project, and keeps writing on its description."""

from __future__ import annotations

from typing import Any

from locust import between, task

from loadtests.load.attendee import Attendee, journal
from loadtests.load.words import WORDS


class Exhibitor(Attendee):
    """A talent with a project."""

    weight = 6
    wait_time = between(30, 60)

    def registration(self) -> dict[str, Any]:
        """As everybody, with a project."""
        word = self.rng.choice(WORDS)
        project = {"title": f"{word} {self.number}", "abstract": f"About {word}.", "sector": "ai"}
        return {**super().registration(), "projects": [project]}

    @task(2)
    def read_the_project(self) -> None:
        """As visitors see it."""
        self.read(f"/api/v1/projects/{self.projects[0]}", name="GET a project")

    @task(1)
    def write_on_it(self) -> None:
        """A better abstract."""
        body = {"abstract": f"About {self.rng.choice(WORDS)}, and more."}
        changed = self.write("PATCH", f"/api/v1/projects/{self.projects[0]}", body, name="PATCH a project")
        if changed:
            journal.note("change", id=changed["id"], version=changed["version"])
