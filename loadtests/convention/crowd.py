"""What attendees do meanwhile: they search, look at what they find, and apply, in proportion to their number."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from deploy.seed.progress import Progress
from deploy.seed.words import sectors
from loadtests.api import Api, Refused

from .arrivals import Person

#: How often an attendee does each of these in two days. Our own assumption: nothing is published.
SEARCHES = 8.0
VIEWS = 5.0
APPLICATIONS = 0.8
CONFLICT = 409
TYPES = ("project", "vacancy", "session", None)


@dataclass
class Done:
    """What the crowd has done, as acknowledged. Applications are pairs of applicant and vacancy."""

    searches: int = 0
    empty_searches: int = 0
    views: int = 0
    applications: int = 0


class Crowd:
    """Many people acting at random moments within the conference, the same for the same seed."""

    def __init__(
        self, api: Api, people: Sequence[Person], projects: Sequence[str], vacancies: Sequence[str], seed: int
    ) -> None:
        self._api, self._people, self._projects, self._vacancies = api, people, projects, vacancies
        self._rng = Random(f"crowd/{seed}")
        self._words = [
            word for sector in sectors() for pair in (*sector.methods, *sector.products) for word in pair
        ]
        self.done = Done()

    async def act(self, seconds: float, shown: Progress) -> Done:
        """All of it within `seconds`, if the system keeps up; then what was done."""
        async with asyncio.TaskGroup() as acts:
            for row, often, act in (
                ("searches", SEARCHES, self._search),
                ("views", VIEWS, self._view),
                ("applications", APPLICATIONS, self._apply),
            ):
                times = round(often * len(self._people))
                acts.create_task(self._at_random(times, seconds, act, row, shown))
        return self.done

    async def _at_random(
        self, times: int, seconds: float, act: Callable[[], Coroutine[Any, Any, None]], row: str, shown: Progress
    ) -> None:
        """A Poisson process: the gaps between acts are exponential. An act does not wait for the one before."""
        loop = asyncio.get_running_loop()
        at = loop.time()
        async with asyncio.TaskGroup() as acts:
            for number in range(times):
                at += self._rng.expovariate(times / seconds)
                await asyncio.sleep(max(0.0, at - loop.time()))
                acts.create_task(act())
                shown.reach(row, number + 1)

    async def _search(self) -> None:
        word, wanted = self._rng.choice(self._words), self._rng.choice(TYPES)
        found = await self._api.get("search", "/api/v1/search", q=word, type=wanted, facets="sector,country")
        self.done.searches += 1
        self.done.empty_searches += not found["total"]

    async def _view(self) -> None:
        if self._rng.random() < 0.5:
            await self._api.get("view a project", f"/api/v1/projects/{self._rng.choice(self._projects)}")
        else:
            await self._api.get("view a vacancy", f"/api/v1/vacancies/{self._rng.choice(self._vacancies)}")
        self.done.views += 1

    async def _apply(self) -> None:
        """Somebody applies to a vacancy that still takes applications; a full one sends them to another."""
        person = self._rng.choice(self._people)
        for vacancy in self._rng.sample(self._vacancies, 20):
            if vacancy not in person.applied_to and await self._accepted(person, vacancy):
                person.applied_to.add(vacancy)
                self.done.applications += 1
                return

    async def _accepted(self, person: Person, vacancy: str) -> bool:
        try:
            body = {"message": "I would like to join."}
            key = f"{person.id}-{vacancy}"
            path = f"/api/v1/vacancies/{vacancy}/applications"
            await self._api.post("apply", path, body, key=key, token=person.token)
        except Refused as refusal:
            if refusal.status != CONFLICT:
                raise
            return False  # its last opening is taken, or it has closed
        return True
