"""Reads what is at every stage: the stores, the events, and the search.

*Notified* is what search announces when something has become searchable (`search.documents_indexed`): every
gateway hears it and tells the browsers that listen at `GET /events`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import httpx
from pymongo import MongoClient

from .checking import Heard, Openings, Seen
from .history import History

#: The kinds of aggregates: database, collection, what to read beside `_id` and `version`, the types of its events.
STORED = {
    "attendee": ("subvenue_registration", "attendees", ("address",), ("registration.attendee_",)),
    "project": ("subvenue_registration", "projects", ("state",), ("registration.project_",)),
    "vacancy": ("subvenue_jobs", "vacancies", ("state",), ("jobs.vacancy_", "jobs.opening_taken")),
    "application": ("subvenue_jobs", "applications", ("applicant_id", "vacancy_id"), ("jobs.application_",)),
}
SEARCHED = ("project", "vacancy")
Document = dict[str, Any]


class Observer:
    """Looks at a conference from outside, when the storm is over."""

    def __init__(self, mongodb_url: str, gateway_url: str) -> None:
        self._stores: MongoClient[Any] = MongoClient(mongodb_url)
        self._http = httpx.Client(base_url=gateway_url, timeout=20)

    def settled(self) -> bool:
        """Nothing waits in an outbox any more."""
        places = ((database, collection) for database, collection, _, _ in STORED.values())
        return not any(self._stores[one][two].find_one({"pending": {"$gt": 0}}, {"_id": 1}) for one, two in places)

    def seen(self, heard: list[dict[str, Any]], history: History) -> tuple[dict[str, Seen], list[Openings]]:
        """All stages of each kind of aggregate, and who holds the openings of the vacancies that count them."""
        documents = {kind: list(self._read(kind)) for kind in STORED}
        announced = notified(heard)
        return {
            kind: self._seen(kind, found, heard, announced, history) for kind, found in documents.items()
        }, openings(documents["vacancy"], documents["application"])

    def _read(self, kind: str) -> Iterator[Document]:
        database, collection, fields, _ = STORED[kind]
        yield from self._stores[database][collection].find({}, {"version": 1, **dict.fromkeys(fields, 1)})

    def _seen(
        self, kind: str, found: list[Document], heard: list[dict[str, Any]], announced: Any, history: History
    ) -> Seen:
        acknowledged = history.of("acknowledged", kind=kind)
        versions: dict[str, int] = {}
        for one in acknowledged:
            versions[one["id"]] = max(one["version"], versions.get(one["id"], 0))
        return Seen(
            attempted=frozenset(one["key"] for one in history.of("attempted", kind=kind)),
            acknowledged=[(one["key"], one["id"]) for one in acknowledged],
            versions=versions,
            stored=[(key_of(kind, document), document["_id"]) for document in found],
            stored_versions={document["_id"]: document["version"] for document in found},
            heard=[
                Heard(event["id"], event["type"], event["aggregate"], event["seq"])
                for event in heard
                if event["type"].startswith(STORED[kind][3])
            ],
            indexed=frozenset(self._indexed(kind)) if kind in SEARCHED else None,
            notified=frozenset(announced[kind]) if kind in SEARCHED else None,
        )

    def _indexed(self, kind: str) -> Iterator[str]:
        cursor: str | None = None
        while True:
            asked: dict[str, Any] = {"type": kind, "limit": 100, **({"cursor": cursor} if cursor else {})}
            page = self._http.get("/api/v1/search", params=asked).raise_for_status().json()
            yield from (hit["id"] for hit in page["hits"])
            if not (cursor := page["next"]):
                return


def notified(heard: list[dict[str, Any]]) -> dict[str, set[str]]:
    """What search has announced, by kind."""
    announced: dict[str, set[str]] = defaultdict(set)
    for event in heard:
        if event["type"].startswith("search.documents_indexed"):
            for one in event["data"]["documents"]:
                announced[one["type"]].add(one["id"])
    return announced


def openings(vacancies: list[Document], applications: list[Document]) -> list[Openings]:
    """Of each vacancy that counts its openings: who holds one, and who has applied."""
    applicants = defaultdict(list)
    for application in applications:
        applicants[application["vacancy_id"]].append(application["applicant_id"])
    return [
        Openings(
            vacancy=vacancy["_id"],
            number=vacancy["state"]["openings"],
            holders=frozenset(vacancy["state"]["holders"]),
            applicants=applicants[vacancy["_id"]],
        )
        for vacancy in vacancies
        if vacancy["state"]["openings"] != "unlimited"
    ]


def key_of(kind: str, document: Document) -> str:
    """The key of the command that must have made `document`, from what it says."""
    if kind == "attendee":
        return str(document["address"])
    if kind == "application":
        return f"{document['applicant_id']} {document['vacancy_id']}"
    return str(document["state"]["title"]["en"])
