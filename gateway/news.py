"""From events on the bus to messages for browsers. Personal data never comes this far."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from messaging.contracts.jobs import VacancyPosted, VacancyUpdated
from messaging.contracts.registration import ProjectSubmitted, ProjectUpdated
from messaging.contracts.search import DocumentsIndexed
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


def handlers(live: Live) -> Mapping[type[Event], Handler]:
    """Handlers for the bus that tell `live`. Within a tick only the latest of one aggregate is told."""

    def teller(topic: str, whole: bool) -> Handler:
        async def handle(envelope: Envelope, event: Event) -> None:
            key = envelope.id if isinstance(event, DocumentsIndexed) else envelope.aggregate
            live.tell(topic, key, message(envelope, event, whole))

        return handle

    told = {event: teller(topic, True) for event, topic in WHOLE.items()}
    return told | {event: teller(topic, False) for event, topic in BY_ID.items()}
