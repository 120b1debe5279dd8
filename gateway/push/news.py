"""From events on the bus to what they drop from the cache and to messages for browsers.

Personal data never comes this far.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.edge.cache import Cache
from gateway.edge.rules import DROPPED_BY_EVENT, dropped_by_event
from messaging.contracts.jobs import VacancyPosted, VacancyUpdated
from messaging.contracts.registration import ProjectSubmitted, ProjectUpdated
from messaging.contracts.search import DocumentsIndexed, NoticesDue
from messaging.contracts.streaming import SessionChanged, SessionScheduled
from messaging.contracts.types import Event, to_wire
from messaging.envelope import Envelope
from messaging.on_asyncio.listener import Handler

from .live import Live

#: Events and the topic that tells of them. Sessions and indexed documents go out whole; a vacancy or a project
#: only by its id and version, because a bulk import would otherwise push megabytes that nobody looks at.
WHOLE: dict[type[Event], str] = {
    SessionScheduled: "sessions",
    SessionChanged: "sessions",
    DocumentsIndexed: "search",
}
BY_ID: dict[type[Event], str] = {
    VacancyPosted: "vacancies",
    VacancyUpdated: "vacancies",
    ProjectSubmitted: "projects",
    ProjectUpdated: "projects",
}
TOPICS = frozenset([*WHOLE.values(), *BY_ID.values()])
#: What is told to one owner only: to who shows their token and asks for it by name.
PRIVATE = "notices"


def private_topic(owner_id: str) -> str:
    """The topic of one owner's notices."""
    return f"{PRIVATE}/{owner_id}"


def message(envelope: Envelope, event: Event, whole: bool) -> dict[str, Any]:
    """What browsers see of an event."""
    told: dict[str, Any] = {
        "type": envelope.type,
        "id": envelope.aggregate,
        "version": envelope.seq,
        "time": envelope.time,
    }
    if whole:
        told["data"] = {name: value for name, value in to_wire(event).items() if name != "type"}  # type: ignore[attr-defined]
    return told


def handlers(live: Live, cache: Cache) -> Mapping[type[Event], Handler]:
    """Handlers for the bus. Whoever is told of a change and asks what is new must not get what was before it:
    the cache drops first. Within a tick only the latest of one aggregate is told.
    """

    def handler(event: type[Event]) -> Handler:
        topic = WHOLE.get(event) or BY_ID.get(event)

        async def handle(envelope: Envelope, happened: Event) -> None:
            cache.drop(*dropped_by_event(event, envelope.aggregate))
            if topic is not None:
                key = envelope.id if event is DocumentsIndexed else envelope.aggregate
                live.tell(topic, key, message(envelope, happened, event in WHOLE))

        return handle

    async def tell_owner(envelope: Envelope, happened: NoticesDue) -> None:
        for notice in to_wire(happened)["notices"]:  # type: ignore[index]
            live.tell(private_topic(happened.owner_id), notice["id"], notice)

    public = {event: handler(event) for event in {*WHOLE, *BY_ID, *DROPPED_BY_EVENT}}
    return {**public, NoticesDue: tell_owner}
