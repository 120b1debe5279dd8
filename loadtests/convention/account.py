"""The account at the end: every figure as it was planned, and as it is read back through the public API."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

from deploy.seed.figures import Figures
from deploy.seed.tally import ORGANISATIONS
from deploy.seed.timetable import ACTIVITIES
from loadtests.api import Api, in_order

from .arrivals import Arrived
from .crowd import Done

SEARCHED = {"project": "projects", "vacancy": "vacancies", "session": "sessions"}


@dataclass(frozen=True)
class Line:
    """One figure; `there` is what the API shows at the end, `found` what searches count where they do."""

    figure: str
    expected: int
    there: int
    found: int | None = None

    @property
    def exact(self) -> bool:
        """All the same."""
        return self.expected == self.there and self.found in (None, self.expected)


async def read_back(api: Api, arrived: Arrived, operator: str) -> dict[str, int]:
    """Each figure of `Figures`, counted anew from what the API answers now: nothing is taken from memory."""
    seen: Counter[str] = Counter()
    async for organisation in api.pages("list organisations", "/api/v1/organisations", operator):
        seen.update((ORGANISATIONS[organisation["kind"]], "organisations"))
    sub_venues = (await api.get("list sub-venues", "/api/v1/sub-venues"))["items"]
    seen["sub_venues"] = len(sub_venues)
    seen["overseas_sub_venues"] = sum(one["role"] == "overseas" for one in sub_venues)
    async for session in api.pages("list sessions", "/api/v1/sessions"):
        held = session["status"] == "ended"
        seen["sessions"] += held
        seen["activities"] += held and session["kind"] in ACTIVITIES
    async for _ in api.pages("list vacancies", "/api/v1/vacancies"):
        seen["vacancies"] += 1
    seen.update(await _people(api, arrived))
    projects = [project for person in arrived.people for project in person.projects]
    seen["talent_projects"] = await _existing(api, projects)
    seen["projects"] = seen["talent_projects"] + await _existing(api, arrived.organisation_projects)
    return dict(seen)


async def _people(api: Api, arrived: Arrived) -> Mapping[str, int]:
    """Everybody asks who they are and where they have applied."""
    seen: Counter[str] = Counter()
    countries: set[str] = set()

    async def ask(person: Any) -> None:
        me = await api.get("read oneself", "/api/v1/me", person.token)
        countries.add(me["country"])
        seen["attendees"] += me["id"] == person.id
        seen["talents"] += bool(person.projects)
        if person.applied_to:
            async for _ in api.pages("list own applications", "/api/v1/me/applications", person.token):
                seen["applications"] += 1

    await in_order(arrived.people, ask)
    return seen | {"countries": len(countries)}


async def _existing(api: Api, projects: list[str]) -> int:
    """How many of these projects can be read."""
    answers = await in_order(projects, lambda id: api.get("read a project", f"/api/v1/projects/{id}"))
    return len({answer["id"] for answer in answers})


async def found(api: Api) -> dict[str, int]:
    """What searches count, by figure; `countries` are the values of the country facet over all projects."""
    counts: dict[str, int] = {}
    for type, figure in SEARCHED.items():
        answer = await api.get("count by search", "/api/v1/search", type=type, facets="country", limit=1)
        counts[figure] = answer["total"]
        if type == "project":
            counts["countries"] = len(answer["facets"]["country"])
    return counts


def lines(
    figures: Figures,
    there: Mapping[str, int],
    found: Mapping[str, int],
    done: Done,
    seen_ending: Mapping[str, int],
) -> list[Line]:
    """A line for each figure of the product, then the applications, then the activities as a browser saw them."""
    account = [Line(name, getattr(figures, name), there.get(name, 0), found.get(name)) for name in asdict(figures)]
    account.append(Line("applications", done.applications, there.get("applications", 0)))
    once = sum(times == 1 for times in seen_ending.values())
    account.append(Line("activities seen to end once", figures.activities, once))
    return account


def table(lines: list[Line]) -> Table:
    """The lines for people."""
    drawn = Table(box=SIMPLE_HEAD)
    drawn.add_column("figure")
    for column in ("expected", "read back", "found"):
        drawn.add_column(column, justify="right")
    drawn.add_column("")
    for line in lines:
        searched = "" if line.found is None else f"{line.found:,}"
        verdict = "[green]exact[/]" if line.exact else "[red]differs[/]"
        drawn.add_row(line.figure.replace("_", " "), f"{line.expected:,}", f"{line.there:,}", searched, verdict)
    return drawn
