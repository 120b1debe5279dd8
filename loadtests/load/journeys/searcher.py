"""Searches in Chinese and in English, turns a page, opens what was found."""

from __future__ import annotations

from locust import between, task

from loadtests.load.attendee import Attendee
from loadtests.load.words import WORDS

READ = {"project": "/api/v1/projects", "vacancy": "/api/v1/vacancies", "session": "/api/v1/sessions"}


class Searcher(Attendee):
    """Somebody with a question."""

    weight = 18
    wait_time = between(15, 45)

    @task
    def search(self) -> None:
        """One question, perhaps a second page, and the page of one result."""
        asked = {"q": self.rng.choice(WORDS), "facets": "sector,country,type"}
        found = self.read("/api/v1/search", name="GET search", **asked)
        if found and found["next"] and self.rng.random() < 0.3:
            found = self.read("/api/v1/search", name="GET search, next page", **asked, cursor=found["next"])
        if found and found["hits"]:
            hit = self.rng.choice(found["hits"])
            self.read(f"{READ[hit['type']]}/{hit['id']}", name=f"GET a {hit['type']}")
