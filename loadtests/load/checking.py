"""After the run: is every acknowledged write there?"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from loadtests.api import Api, Refused, in_order

STATUS_ORDER = ("scheduled", "started", "ended")
READ = {"change": "/api/v1/projects", "vacancy": "/api/v1/vacancies", "session": "/api/v1/sessions"}


@dataclass
class Accounted:
    """How many of each kind were acknowledged, and a sentence for each that is not there as acknowledged."""

    acknowledged: Counter[str] = field(default_factory=Counter)
    missing: list[str] = field(default_factory=list)


async def account(api: Api, journal: Iterable[dict[str, Any]]) -> Accounted:
    """Read everything back as those read it who were told that it is done."""
    accounted = Accounted()
    applications: dict[str, set[str]] = defaultdict(set)
    attendees: list[dict[str, Any]] = []
    last: dict[tuple[str, str], dict[str, Any]] = {}
    for entry in journal:
        accounted.acknowledged[entry["kind"]] += 1
        match entry["kind"]:
            case "attendee":
                attendees.append(entry)
            case "application":
                applications[entry["token"]].add(entry["id"])
            case kind:
                last[kind, entry["id"]] = entry  # later entries say more than earlier ones

    async def check(kind: str, reading: Any) -> None:
        try:
            wrong = await reading
        except (Refused, TimeoutError) as error:
            wrong = str(error)
        if wrong:
            accounted.missing.append(f"{kind}: {wrong}")

    await in_order(attendees, lambda entry: check("attendee", _attendee(api, entry)))
    await in_order(applications.items(), lambda pair: check("application", _applications(api, *pair)))
    await in_order(last.items(), lambda item: check(item[0][0], _thing(api, item[0][0], item[0][1], item[1])))
    return accounted


async def _attendee(api: Api, entry: dict[str, Any]) -> str:
    me = await api.get("read oneself", "/api/v1/me", entry["token"])
    for project in entry["projects"]:
        await api.get("read a project", f"/api/v1/projects/{project}")
    return "" if me["id"] == entry["id"] else f"{entry['id']} is {me['id']}"


async def _applications(api: Api, token: str, wanted: set[str]) -> str:
    there = {one["id"] async for one in api.pages("own applications", "/api/v1/me/applications", token)}
    return ", ".join(sorted(wanted - there))


async def _thing(api: Api, kind: str, id: str, entry: dict[str, Any]) -> str:
    there = await api.get(f"read a {kind}", f"{READ[kind]}/{id}")
    if there.get("version", 0) < entry.get("version", 0):
        return f"{id} is at version {there['version']}, {entry['version']} was acknowledged"
    told, is_now = entry.get("status", "scheduled"), there.get("status", "ended")
    if kind == "session" and STATUS_ORDER.index(is_now) < STATUS_ORDER.index(told):
        return f"{id} is {is_now}, {told} was acknowledged"
    return ""
