"""Vacancies: a role, what it is about, where, and what it pays; all of them from enterprises."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from random import Random
from typing import Any, NamedTuple

from . import figures
from .organisations import Organisation
from .projects import PATIENCE
from .words import Pair, capitalised, joined, languages_of, number, on_the_wire, pair, pairs, phrases

#: Share of the vacancies with a closing date, and the days after the convention it falls on.
WITH_CLOSING_DATE = 0.3
CLOSING_DAYS = ("2026-12-31", "2027-01-31", "2027-03-31", "2027-06-30")
#: What a level adds to the pay of a role, in the order of ``levels`` in the vocabulary.
LEVEL_PAY = (0.7, 1.4, 1.8, 2.4)
OPENINGS = (1, 1, 1, 2, 2, 3, 5, 10)
LANGUAGES = (["zh"], ["zh", "en"], ["en"], ["zh", "en", "ja"], ["zh", "en", "de"])
LANGUAGE_WEIGHTS = (40, 45, 8, 4, 3)


class Role(NamedTuple):
    """A profession; `pay` is thousand CNY a year, for interns CNY a day."""

    name: Pair
    employment: str
    pay: int


@cache
def _roles() -> tuple[tuple[Role, ...], list[int]]:
    """The roles and their weights."""
    rows = phrases("vacancies")["roles"]
    roles = tuple(Role(pair(row["name"]), row.get("employment", "full_time"), row["pay"]) for row in rows)
    return roles, [row["weight"] for row in rows]


@cache
def _grammar() -> dict[str, tuple[Pair, ...]]:
    names = ("title", "levels", "tasks", "duties", "requirements", "beginners", "degrees", "offers")
    return {name: pairs(phrases("vacancies")[name]) for name in names}


def vacancies(
    command_prefix: str, rng: Random, enterprises: Sequence[Organisation], ids: Sequence[str], count: int
) -> Iterator[dict[str, Any]]:
    """`jobs.ImportedVacancy` as builtins, `count` in all, employer by employer; `ids` are the employers'."""
    roles, weights = _roles()
    writer = _VacancyWriter(rng)
    serial = 0
    shares = shared_out(rng, count, len(enterprises))
    for enterprise, organisation_id, share in zip(enterprises, ids, shares, strict=True):
        for role in rng.choices(roles, weights, k=share):
            serial += 1
            yield {
                "command_id": f"{command_prefix}-vacancy-{serial:05d}",
                "organisation_id": organisation_id,
                "organisation_name": on_the_wire(enterprise.name),
                **writer.vacancy(enterprise, role),
            }


def shared_out(rng: Random, count: int, shares: int) -> list[int]:
    """`count` vacancies among enterprises, a few large employers and many small ones; each has at least one."""
    weights = [rng.lognormvariate(0, 0.7) for _ in range(shares)]
    spare, total = count - shares, sum(weights)
    result = [1 + int(spare * weight / total) for weight in weights]
    for index in range(count - sum(result)):
        result[index % shares] += 1
    return result


class _VacancyWriter:
    """Writes vacancies, and hardly ever a title twice."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._titles: set[Pair] = set()

    def vacancy(self, enterprise: Organisation, role: Role) -> dict[str, Any]:
        """One vacancy without its employer."""
        rng = self._rng
        level = rng.randrange(-3, len(LEVEL_PAY)) if role.employment == "full_time" else -1
        title, words = self._title(enterprise, role, level)
        languages = languages_of(rng)
        vacancy: dict[str, Any] = {
            "title": on_the_wire(title, languages),
            "description": on_the_wire(_description(words, role, rng), languages),
            "sector": enterprise.sectors[0].slug,
            "country": enterprise.country,
            "city": on_the_wire(enterprise.city),
            "openings": "unlimited" if rng.random() < figures.UNLIMITED else rng.choice(OPENINGS),
            "employment": role.employment,
            "languages": rng.choices(LANGUAGES, LANGUAGE_WEIGHTS)[0],
            "salary": _salary(role, level, rng),
        }
        if rng.random() < WITH_CLOSING_DATE:
            vacancy["closes_at"] = f"{rng.choice(CLOSING_DAYS)}T15:59:59Z"
        return vacancy

    def _title(self, enterprise: Organisation, role: Role, level: int) -> tuple[Pair, dict[str, Pair]]:
        """A title and the words that its description goes on with."""
        for _ in range(PATIENCE):
            words = _words(enterprise, role, level, self._rng)
            zh, en = _grammar()["title"][0].fill(words)
            # Without a level, the English begins with the space that would follow it.
            title = Pair(zh, capitalised(en.lstrip()))
            if title not in self._titles:
                break
        self._titles.add(title)
        return title, words


def _words(enterprise: Organisation, role: Role, level: int, rng: Random) -> dict[str, Pair]:
    grammar, sector = _grammar(), enterprise.sectors[0]
    return {
        "level": grammar["levels"][level] if level >= 0 else Pair("", ""),
        "role": role.name,
        "focus": rng.choice(sector.methods + sector.products),
        "city": enterprise.city,
        "a": rng.choice(sector.applications),
        "sector": sector.name,
        "task": rng.choice(grammar["tasks"]),
        "degree": rng.choice(grammar["degrees"]),
        "n": number(rng.randint(2, 8)),
    }


def _description(words: dict[str, Pair], role: Role, rng: Random) -> Pair:
    grammar = _grammar()
    experienced = role.employment not in ("internship", "postdoc")
    order = ["duties", "requirements" if experienced else "beginners"]
    if rng.random() < 0.4:
        order.append("offers")
    return joined(rng.choice(grammar[kind]).fill(words) for kind in order)


def _salary(role: Role, level: int, rng: Random) -> str:
    if role.employment == "internship":
        return f"CNY {role.pay + rng.randrange(0, 100, 10)} / day"
    low = round(role.pay * (LEVEL_PAY[level] if level >= 0 else 1) * rng.uniform(0.9, 1.1), -1)
    return f"CNY {low:.0f},000–{round(low * rng.uniform(1.3, 1.7), -1):.0f},000 / year"
