"""New documents become notices, and owners are told: each of them once, through any death.

A document is announced when it is searchable; the announcement waits in a queue until what it found is kept. What
is kept and not told yet is told by whoever comes by next.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING

from messaging.contracts.search import DocumentsIndexed, Notice, NoticesDue, SavedSearch
from messaging.contracts.types import Event
from messaging.envelope import Envelope, now_rfc3339, unwrap
from messaging.identity import derive_id
from services.search.analysis.reading import Reading, read
from services.search.documents import Document
from services.search.engines.interface import Engine

from .percolator import Percolator

if TYPE_CHECKING:
    from .storage import Notices, SavedSearches

#: Digests go out once a day, at midnight UTC: eight in the morning in Guangzhou.
DAY = 86_400.0
#: Seconds after which the searches are prepared anew, for by then the documents have taught more words.
STALE_SECONDS = 600.0


class Watch:
    """The percolator of this process, made anew when a saved search has changed anywhere."""

    def __init__(self) -> None:
        self._percolator: Percolator | None = None
        self._stamp = -1
        self._made = 0.0

    def current(self, searches: SavedSearches, engine: Engine) -> Percolator:
        """The percolator of all saved searches."""
        stamp = searches.stamp()
        stale = time.monotonic() - self._made > STALE_SECONDS
        if self._percolator is None or stamp != self._stamp or stale:
            self._percolator = Percolator(searches.all(), partial(reading_of, engine))
            self._stamp, self._made = stamp, time.monotonic()
        return self._percolator


def reading_of(engine: Engine, words: str) -> Reading:
    """What `words` mean in the other language, as far as `engine` knows."""
    return read(words, engine.knowledge, engine.frequencies)


def find(
    envelopes: list[Envelope], watch: Watch, engine: Engine, searches: SavedSearches, notices: Notices
) -> None:
    """Keep a notice for every saved search that finds one of the new documents in `envelopes`."""
    percolator = watch.current(searches, engine)
    if not percolator.size:
        return
    indexed = [one for envelope in envelopes for one in unwrap(envelope, DocumentsIndexed).documents]
    first = {one.id for one in indexed if one.version == 1}
    found: list[tuple[Notice, float]] = []
    for document in engine.documents(list(dict.fromkeys(one.id for one in indexed))):
        found += [
            (notice_of(saved, document), due(saved, time.time()))
            for saved in percolator.find(document)
            if document.id in first or is_new(document, saved)
        ]
    notices.add(found)


def is_new(document: Document, saved: SavedSearch) -> bool:
    """Whether a changed document was first heard of after the search was saved. A session's time is its start, and
    says nothing about that."""
    since = datetime.fromisoformat(saved.created_at).timestamp() * 1000
    return document.type != "session" and document.numbers.get("time", 0) >= since


def notice_of(saved: SavedSearch, document: Document) -> Notice:
    """The one notice of the two."""
    return Notice(
        id=derive_id("ntc", saved.id, document.id),
        owner_id=saved.owner_id,
        saved_search_id=saved.id,
        document_id=document.id,
        document_type=document.type,
        titles=document.titles,
        found_at=now_rfc3339(),
    )


def due(saved: SavedSearch, now: float) -> float:
    """When the owner is told: at once, or at the end of the day."""
    return now if saved.pace == "immediate" else now - now % DAY + DAY


def tell(notices: Notices, announce: Callable[[Event], None]) -> None:
    """Tell the owners what is due, one event for each. A death in between tells again; the ids stay the same."""
    waiting = sorted(notices.due(), key=lambda notice: notice.owner_id)
    for owner_id, own in groupby(waiting, key=lambda notice: notice.owner_id):
        told = tuple(own)
        announce(NoticesDue(owner_id=owner_id, notices=told))
        notices.mark_told(told)
