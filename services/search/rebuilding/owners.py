"""What the owners have: every project, vacancy and session, asked for page by page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

import msgspec

from messaging.contracts import jobs, registration, streaming
from messaging.contracts.search import DocumentType
from messaging.contracts.types import Page
from services.search.documents import Document, of_project, of_session, of_vacancy

PAGE = 100


class Owner(Protocol):
    """A service that can be asked (`messaging.on_nameko.Remote`)."""

    def call(self, contract: msgspec.Struct, answer: type[Page], /) -> Page: ...


class Listing(NamedTuple):
    """How one type of things is listed by its owner, and what a thing becomes here."""

    owner: str
    contract: type[msgspec.Struct]
    thing: type[Any]
    document: Callable[[Any, int], Document]


LISTINGS: Mapping[DocumentType, Listing] = {
    "project": Listing("registration", registration.ListProjects, registration.Project, of_project),
    "vacancy": Listing("jobs", jobs.ListVacancies, jobs.Vacancy, of_vacancy),
    "session": Listing("streaming", streaming.ListSessions, streaming.Session, of_session),
}


class Walk:
    """A walk through everything that the owners have. A step that fails is repeated by the next one."""

    def __init__(self, owners: Mapping[str, Owner]) -> None:
        self._owners = owners
        self._left = list(LISTINGS)
        self._cursor: str | None = None

    @property
    def ended(self) -> bool:
        """Whether all has been told."""
        return not self._left

    def step(self) -> tuple[DocumentType, list[Document]]:
        """The next page, as documents of one type. Raises what the owner raises, mostly `Unavailable`."""
        kind = self._left[0]
        listing = LISTINGS[kind]
        asked = listing.contract(limit=PAGE, cursor=self._cursor)
        page = self._owners[listing.owner].call(asked, Page)
        things = [msgspec.convert(item, listing.thing) for item in page.items]
        self._cursor = page.next
        if page.next is None:
            self._left.pop(0)
        return kind, [listing.document(thing, thing.version) for thing in things]
