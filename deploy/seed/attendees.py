"""Attendees: roles, not people. A name says what somebody does and where; addresses are under example.org."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from . import figures
from .figures import Figures
from .projects import ProjectWriter
from .words import City, Country, Sector, countries, sectors

PROFESSIONS = (
    ("研究员", "researcher"),
    ("博士研究生", "doctoral candidate"),
    ("创业者", "founder"),
    ("高校教师", "university lecturer"),
    ("工程师", "engineer"),
    ("技术总监", "technical director"),
    ("投资经理", "investment manager"),
    ("博士后", "postdoctoral fellow"),
)


def attendees(command_prefix: str, rng: Random, size: Figures) -> Iterator[dict[str, Any]]:
    """`registration.RegisterAttendee` as builtins, one for each attendee, with the projects they bring."""
    writer = ProjectWriter(rng)
    home = _countries(rng, size)
    for index, brought in enumerate(projects_brought(rng, size)):
        sector = _one(sectors(), rng)
        city = rng.choice(home[index].cities)
        languages = _languages(home[index], rng)
        attendee: dict[str, Any] = {
            "command_id": f"{command_prefix}-attendee-{index + 1:05d}",
            "email": f"attendee-{index + 1:05d}@example.org",
            "name": _name(index + 1, sector, city, languages[0], rng),
            "country": city.country,
            "languages": languages,
            "time_zone": city.time_zone,
            "mode": "online" if rng.random() < figures.ONLINE else "onsite",
            "sectors": _interests(sector, rng),
        }
        if brought:
            attendee["projects"] = [writer.draft(sector) for _ in range(brought)]
        yield attendee


def projects_brought(rng: Random, size: Figures) -> list[int]:
    """How many projects each attendee brings; the first one from each country brings at least one."""
    first, later = range(size.countries), range(size.countries, size.attendees)
    talents = [*first, *rng.sample(later, size.talents - size.countries)]
    with_two = set(rng.sample(talents, size.talent_projects - size.talents))
    brought = dict.fromkeys(talents, 1) | dict.fromkeys(with_two, 2)
    return [brought.get(index, 0) for index in range(size.attendees)]


def _countries(rng: Random, size: Figures) -> list[Country]:
    """Everybody's country: each of them once, then by weight."""
    all_countries = countries()[: size.countries]
    weights = [country.weight for country in all_countries]
    return [*all_countries, *rng.choices(all_countries, weights, k=size.attendees - size.countries)]


def _one(choices: tuple[Sector, ...], rng: Random) -> Sector:
    return rng.choices(choices, [sector.weight for sector in choices])[0]


def _interests(sector: Sector, rng: Random) -> list[str]:
    others = rng.sample([other.slug for other in sectors() if other is not sector], rng.randint(0, 2))
    return [sector.slug, *others]


def _languages(country: Country, rng: Random) -> list[str]:
    """Chinese and English in either order, and perhaps what is spoken around."""
    languages = ["zh", "en"] if rng.random() < 0.6 else ["en", "zh"]
    if country.languages and rng.random() < 0.5:
        languages.append(rng.choice(country.languages))
    return languages


def _name(number: int, sector: Sector, city: City, language: str, rng: Random) -> str:
    zh, en = rng.choice(PROFESSIONS)
    if language == "zh":
        return f"参会者 {number:05d} · {sector.name.zh}{zh}，{city.name.zh}"
    return f"Attendee {number:05d} · {sector.name.en} {en}, {city.name.en}"
