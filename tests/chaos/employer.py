"""Somebody who offers vacancies, before the storm begins."""

from __future__ import annotations

from .clients import Crowd

OPENINGS = ("unlimited", 5, "unlimited", 40)  # of one vacancy after the other


async def vacancies(crowd: Crowd, count: int) -> list[str]:
    """The ids of new vacancies: half of them take everybody, a quarter are full before the storm is over."""
    headers = (await crowd.register("employer"))["headers"]
    body = {"name": {"en": "An enterprise"}, "kind": "enterprise", "country": "CN"}
    organisation = await crowd.command("organisation", "one", "/organisations", body, headers)
    vacancy = {"organisation_id": organisation["id"], "description": "Builds.", "sector": "ai", "country": "CN"}
    made = []
    for number in range(count):
        title = f"Vacancy {number}"
        sent = {**vacancy, "title": title, "openings": OPENINGS[number % len(OPENINGS)]}
        made.append((await crowd.command("vacancy", title, "/vacancies", sent, headers))["id"])
    return made
