"""Reads what is at every stage: the stores, a queue that hears all events, and the search."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import aiormq
import httpx
from pymongo import MongoClient

from messaging import topology

from .checking import Heard, Seen
from .history import History

QUEUE = "evt-chaos"
#: The kinds of aggregates: where they are stored, and the first event of each.
STORED = {
    "attendee": ("subvenue_registration", "attendees", "registration.attendee_"),
    "project": ("subvenue_registration", "projects", "registration.project_"),
    "application": ("subvenue_jobs", "applications", "jobs.application_"),
}


class Observer:
    """Looks at a running conference from outside; `drain` before `seen`."""

    def __init__(self, amqp_url: str, mongodb_url: str, gateway_url: str) -> None:
        self._amqp_url = amqp_url
        self._stores: MongoClient[Any] = MongoClient(mongodb_url)
        self._http = httpx.Client(base_url=gateway_url, timeout=10)
        self._heard: list[dict[str, Any]] = []

    async def listen(self) -> None:
        """From now on a durable queue of our own keeps every event, for `drain`."""
        async with aiormq.connect(self._amqp_url) as connection:
            channel = await connection.channel()
            await channel.queue_declare(QUEUE, durable=True, arguments=topology.parked_queue_arguments())
            for source in ("registration", "jobs", "search"):
                exchange = f"{source}.events"
                await channel.exchange_declare(exchange, exchange_type="topic", durable=True)
                await channel.queue_bind(QUEUE, exchange, routing_key="#")

    async def drain(self) -> None:
        """Take what has come."""
        async with aiormq.connect(self._amqp_url) as connection:
            channel = await connection.channel()
            while (message := await channel.basic_get(QUEUE, no_ack=True)).delivery_tag is not None:
                self._heard.append(json.loads(message.body))

    def seen(self, kind: str, history: History) -> Seen:
        """All stages of one kind of aggregate, as they are now."""
        database, collection, prefix = STORED[kind]
        stored = [
            (key_of(kind, document), document["_id"]) for document in self._stores[database][collection].find({})
        ]
        heard = [
            Heard(event["id"], event["type"], event["aggregate"], event["seq"])
            for event in self._heard
            if event["type"].startswith(prefix)
        ]
        searched = kind == "project"
        return Seen(
            attempted=frozenset(one["key"] for one in history.of("attempted", kind=kind)),
            acknowledged=[(one["key"], one["id"]) for one in history.of("acknowledged", kind=kind)],
            versions={one["id"]: one["version"] for one in history.of("acknowledged", kind=kind, changed=True)},
            stored=stored,
            heard=heard,
            indexed=frozenset(self._indexed()) if searched else None,
            notified=frozenset(self._notified()) if searched else None,
        )

    def _indexed(self) -> Iterator[str]:
        cursor: str | None = None
        while True:
            asked: dict[str, Any] = {"type": "project", "limit": 100, **({"cursor": cursor} if cursor else {})}
            page = self._http.get("/api/v1/search", params=asked).raise_for_status().json()
            yield from (hit["id"] for hit in page["hits"])
            if not (cursor := page["next"]):
                return

    def _notified(self) -> Iterator[str]:
        for event in self._heard:
            if event["type"].startswith("search.documents_indexed"):
                yield from (one["id"] for one in event["data"]["documents"] if one["type"] == "project")


def key_of(kind: str, document: dict[str, Any]) -> str:
    """The key of the command that must have made `document`, from what it says."""
    if kind == "attendee":
        return str(document["address"])
    if kind == "project":
        return str(document["state"]["title"]["en"])
    return f"{document['applicant_id']} {document['vacancy_id']}"
