"""Before the opening: organisations join, vacancies come in, and everybody registers, more and more at once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from deploy.seed.convention import Convention
from deploy.seed.delivery import Bus, deliver
from deploy.seed.loading import VACANCIES
from deploy.seed.progress import Progress
from loadtests.api import Api, in_order


@dataclass
class Person:
    """Somebody who is registered."""

    id: str
    token: str
    country: str
    sectors: list[str]
    projects: list[str]
    applied_to: set[str] = field(default_factory=set)


@dataclass
class Arrived:
    """All that the API has acknowledged before the opening."""

    organisations: list[str]
    sub_venues: list[str]
    people: list[Person]
    organisation_projects: list[str]
    vacancies: list[str]
    sessions: list[dict[str, Any]]


async def arrive(api: Api, bus: Bus, convention: Convention, operator: str, shown: Progress) -> Arrived:
    """Everything until the doors open. Commands repeat safely: each carries the key of the convention's item."""

    async def send(row: str, path: str, items: Iterable[dict[str, Any]], token: str = "") -> list[Any]:
        async def one(item: dict[str, Any]) -> Any:
            body = {name: value for name, value in item.items() if name != "command_id"}
            return await api.post(row, path, body, key=item["command_id"], token=token)

        return await in_order(items, one, lambda done: shown.reach(row, done))

    organisations = [
        one["id"]
        for one in await send("organisations", "/api/v1/organisations", convention.organisations(), operator)
    ]
    sub_venues = [
        one["id"] for one in await send("sub_venues", "/api/v1/sub-venues", convention.sub_venues(), operator)
    ]
    # Employers deliver their vacancies in bulk while attendees register one by one.
    async with asyncio.TaskGroup() as together:
        vacancies = together.create_task(_deliver_vacancies(bus, convention, organisations, shown))
        attendees = list(convention.attendees())
        answers = await send("attendees", "/api/v1/attendees", attendees)
        projects = await send("projects", "/api/v1/projects", convention.projects(organisations), operator)
    people = [person(item, answer) for item, answer in zip(attendees, answers, strict=True)]
    programme = convention.sessions(sub_venues, [one.id for one in people])
    sessions = await send("sessions", "/api/v1/sessions", programme, operator)
    return Arrived(
        organisations, sub_venues, people, [one["id"] for one in projects], vacancies.result(), sessions
    )


def person(item: dict[str, Any], answer: dict[str, Any]) -> Person:
    """Who registered with `item` and was answered so."""
    projects = [project["id"] for project in answer["projects"]]
    return Person(answer["id"], answer["token"], item["country"], item["sectors"], projects)


async def _deliver_vacancies(
    bus: Bus, convention: Convention, organisations: list[str], shown: Progress
) -> list[str]:
    delivered = 0

    def count(batch: Any, _: int) -> None:
        nonlocal delivered
        delivered += len(batch)
        shown.reach("vacancies", delivered)

    return (await deliver(bus, VACANCIES, convention.vacancies(organisations), count)).ids
