"""What may be kept, for whom, and what drops it. Every rule of the cache is a line in a table here.

Answers are filed under their path without `/api/v1`, whatever the query: a page of a listing under ``/sessions``,
one session under ``/sessions/ses_1``. In the tables ``{id}`` stands for one part of a path.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from messaging.contracts.jobs import VacancyPosted, VacancyUpdated
from messaging.contracts.registration import OrganisationCreated, ProjectSubmitted, ProjectUpdated
from messaging.contracts.search import DocumentsIndexed
from messaging.contracts.streaming import SessionChanged, SessionScheduled, SubVenueCreated
from messaging.contracts.types import Event

API = "/api/v1"
EVERYBODY = "*"  # no id of an actor looks like this
NOBODY = ""  # who gives no token


@dataclass(frozen=True)
class Read:
    """A route that is kept. With `per_actor` the answer depends on who asks, and is kept for each apart."""

    path: str
    per_actor: bool = False

    def scope(self, actor_id: str) -> str:
        """To whom an answer may be given that was made for `actor_id` (`NOBODY` without a token)."""
        return actor_id if self.per_actor else EVERYBODY


#: What is kept. Everything else, above all what is somebody's own (`/me`), is asked for each time.
READS = (
    Read("/sub-venues"),
    Read("/sessions"),
    Read("/sessions/{id}"),
    Read("/vacancies"),
    Read("/vacancies/{id}"),
    Read("/projects/{id}"),
    Read("/organisations", per_actor=True),  # `administered` is about who asks
    Read("/organisations/{id}", per_actor=True),
    Read("/search"),
)

#: Which event drops what; `{id}` is the aggregate that the event is about.
DROPPED_BY_EVENT: dict[type[Event], tuple[str, ...]] = {
    SubVenueCreated: ("/sub-venues",),
    SessionScheduled: ("/sessions", "/sessions/{id}", "/sub-venues"),
    SessionChanged: ("/sessions", "/sessions/{id}", "/sub-venues"),  # a sub-venue tells what is live in it
    VacancyPosted: ("/vacancies", "/vacancies/{id}"),
    VacancyUpdated: ("/vacancies", "/vacancies/{id}"),
    OrganisationCreated: ("/organisations", "/organisations/{id}"),
    ProjectSubmitted: ("/projects/{id}",),
    ProjectUpdated: ("/projects/{id}",),
    DocumentsIndexed: ("/search",),
}

#: Which write drops what as soon as it is answered, so that who wrote reads it, whenever the event comes.
DROPPED_BY_WRITE: dict[str, tuple[str, ...]] = {
    "/sub-venues": ("/sub-venues",),
    "/sessions": ("/sessions", "/sub-venues"),
    "/sessions/{id}/start": ("/sessions", "/sessions/{id}", "/sub-venues"),
    "/sessions/{id}/end": ("/sessions", "/sessions/{id}", "/sub-venues"),
    "/vacancies": ("/vacancies",),
    "/vacancies/{id}": ("/vacancies", "/vacancies/{id}"),
    "/organisations": ("/organisations",),
    "/projects/{id}": ("/projects/{id}",),
}


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(API + path.replace("{id}", r"(?P<id>[^/]+)") + r"/?\Z")


_READS = [(_pattern(read.path), read) for read in READS]
_WRITES = [(_pattern(path), dropped) for path, dropped in DROPPED_BY_WRITE.items()]


def read_at(path: str) -> Read | None:
    """The rule for a GET of `path`, or None when it is not kept."""
    return next((read for pattern, read in _READS if pattern.match(path)), None)


def filed_under(path: str) -> str:
    """Where the answer of `path` is filed.

    >>> filed_under("/api/v1/sessions/ses_1/")
    '/sessions/ses_1'
    """
    return path.removeprefix(API).rstrip("/")


def dropped_by_write(path: str) -> tuple[str, ...]:
    """What a POST, PATCH or DELETE of `path` drops."""
    for pattern, dropped in _WRITES:
        if found := pattern.match(path):
            id = found.groupdict().get("id") or ""
            return tuple(each.replace("{id}", id) for each in dropped)
    return ()


def dropped_by_event(event: type[Event], aggregate: str) -> tuple[str, ...]:
    """What `event` about `aggregate` drops."""
    return tuple(path.replace("{id}", aggregate) for path in DROPPED_BY_EVENT.get(event, ()))
