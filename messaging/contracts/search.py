"""Words owned by the search service: it owns no facts, only the index."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from .types import Command, Event, Identifier, Query, Timestamp

DocumentType = Literal["project", "vacancy", "session"]
FacetValues = Annotated[tuple[str, ...], Meta(max_length=50)]
Sort = Literal["relevance", "newest", "oldest", "title"]
Facet = Literal["type", "sector", "country", "mode", "stage", "employment", "kind", "organisation_id",
                "sub_venue_id", "status", "language", "seeking", "owner_id"]  # fmt: skip
FACETS: tuple[str, ...] = Facet.__args__  # type: ignore[attr-defined]
#: What a range narrows: the time shown (submitted, posted, starts), the closing time, the openings of a vacancy.
RangeName = Literal["time", "closes_at", "openings"]
RANGES: tuple[str, ...] = RangeName.__args__  # type: ignore[attr-defined]


class Range(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Bounds, both included; at least one is given. Of times: milliseconds since 1970, UTC."""

    at_least: Annotated[int, Meta(ge=-(1 << 53), le=1 << 53)] | None = None
    at_most: Annotated[int, Meta(ge=-(1 << 53), le=1 << 53)] | None = None

    def __post_init__(self) -> None:
        if self.at_least is None and self.at_most is None:
            raise ValueError("a range has at_least, at_most, or both")


class Search(Query, frozen=True, kw_only=True):
    """Full text with filters. `filters` maps a facet to the values wanted: any of a facet, all facets.

    `ranges` narrow further; a document without the number is not in any range of it. With `group` the answer has
    the first `limit` hits of each type apart.
    """

    q: Annotated[str, Meta(max_length=512)] = ""
    type: DocumentType | None = None
    lang: Literal["zh", "en"] | None = None
    filters: dict[Facet, FacetValues] = msgspec.field(default_factory=dict)
    ranges: dict[RangeName, Range] = msgspec.field(default_factory=dict)
    facets: tuple[Facet, ...] = ("type", "sector", "country", "stage", "employment", "kind")
    sort: Sort = "relevance"
    limit: Annotated[int, Meta(ge=1, le=100)] = 20
    cursor: Annotated[str, Meta(max_length=1000)] | None = None
    group: Literal["type"] | None = None


class Suggest(Query, frozen=True, kw_only=True):
    """Titles that go on from what is being typed: by letters, characters, pinyin or its initials."""

    q: Annotated[str, Meta(max_length=100)] = ""
    type: DocumentType | None = None
    limit: Annotated[int, Meta(ge=1, le=20)] = 8


class CountDocuments(Query, frozen=True, kw_only=True):
    """How many documents of each type the index holds."""


class RebuildIndex(Command, frozen=True, kw_only=True):
    """An operator has the index made anew from its owners, while the present one serves. Answers `Rebuild`, also
    when one is under way already: there is never more than one."""


class GetRebuild(Query, frozen=True, kw_only=True):
    """How far the latest rebuild is, for operators. Answers `Rebuild`; there is none before the first."""


class Rebuild(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A rebuild. `found` counts the documents that each owner has told so far, `expected` is how many the index
    that serves holds. Times are RFC 3339 in UTC."""

    id: str
    state: Literal["waiting", "running", "done"]
    requested_at: Timestamp
    found: dict[DocumentType, int] = msgspec.field(default_factory=dict)
    expected: int = 0
    finished_at: Timestamp | None = None
    delayed_by: str | None = None


class Translated(Struct, frozen=True):
    """A word that was asked for in one language, and what stands for it in a document of the other."""

    asked: str
    found: str


class Hit(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One result. `title` and `highlights` are in the language asked for, or the one that matched.

    `highlights` maps a field ("title", "text") to fragments of HTML-escaped text with ``<mark>`` around
    what matched. `fields` holds the facet values and other keys a list of results shows. `matched` says why a
    result in the other language is one: 生物医药 → Biomedical.
    """

    id: str
    type: DocumentType
    score: float
    title: str
    titles: dict[str, str]
    highlights: dict[str, list[str]]
    fields: dict[str, object]
    matched: tuple[Translated, ...] = ()


class Suggestion(Struct, frozen=True, kw_only=True):
    """A title in the language that it was typed in, and the document that has it."""

    text: str
    lang: Literal["zh", "en"]
    type: DocumentType
    id: str
    titles: dict[str, str]


class Suggestions(Struct, frozen=True, kw_only=True):
    """The best first; every text once."""

    items: list[Suggestion]


class FacetValue(Struct, frozen=True):
    """One value of a facet and the number of matching documents."""

    value: str
    count: int


class Group(Struct, frozen=True, kw_only=True):
    """The first hits of one type, and how many there are of it."""

    type: DocumentType
    hits: list[Hit]
    total: int


class Results(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A page of results; `facets` count under all filters but the facet's own; `next` is the next cursor.

    `groups` stand in place of `hits` where grouping was asked for, the type of the best hit first. `did_you_mean`
    is the question in words that are found, when those asked for are not.
    """

    hits: list[Hit]
    facets: dict[str, list[FacetValue]]
    total: int
    next: str | None = None
    groups: list[Group] = msgspec.field(default_factory=list)
    did_you_mean: str | None = None


class IndexedDocument(Struct, frozen=True):
    """A document that is now searchable in this version of its aggregate."""

    id: str
    type: DocumentType
    version: int


class DocumentsIndexed(Event, frozen=True, kw_only=True, tag="search.documents_indexed.v1"):
    """These documents are visible to searches from now on."""

    documents: tuple[IndexedDocument, ...]


# -- saved searches and what they found -----------------------------------------------------------

Pace = Literal["immediate", "digest"]


class SaveSearch(Command, frozen=True, kw_only=True):
    """The actor wants to hear of each new document that this finds, at once or daily. Answers `SavedSearch`."""

    q: Annotated[str, Meta(max_length=512)] = ""
    type: DocumentType | None = None
    lang: Literal["zh", "en"] | None = None
    filters: dict[Facet, FacetValues] = msgspec.field(default_factory=dict)
    ranges: dict[RangeName, Range] = msgspec.field(default_factory=dict)
    name: Annotated[str, Meta(max_length=300)] = ""
    pace: Pace = "immediate"


class DeleteSavedSearch(Command, frozen=True, kw_only=True):
    """The actor wants to hear no more of it. Answers the `SavedSearch` that was."""

    saved_search_id: Identifier


class ListSavedSearches(Query, frozen=True, kw_only=True):
    """The actor's saved searches, oldest first."""


class ListNotices(Query, frozen=True, kw_only=True):
    """What the actor's saved searches found, latest first, a page at a time."""

    limit: Annotated[int, Meta(ge=1, le=100)] = 20
    cursor: Annotated[str, Meta(max_length=500)] | None = None


class SavedSearch(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A saved search, as its owner reads it."""

    id: str
    owner_id: str
    created_at: Timestamp
    pace: Pace
    name: str = ""
    q: str = ""
    type: DocumentType | None = None
    lang: Literal["zh", "en"] | None = None
    filters: dict[Facet, tuple[str, ...]] = msgspec.field(default_factory=dict)
    ranges: dict[RangeName, Range] = msgspec.field(default_factory=dict)


class Notice(Struct, frozen=True, kw_only=True):
    """A saved search has found a new document. There is one of these for the two, whatever happens."""

    id: str
    owner_id: str
    saved_search_id: str
    document_id: str
    document_type: DocumentType
    titles: dict[str, str]
    found_at: Timestamp


class NoticesDue(Event, frozen=True, kw_only=True, tag="search.notices_due.v1"):
    """It is time to tell an owner of these: at once, or in the day's digest. May come twice; the ids do not."""

    owner_id: str
    notices: tuple[Notice, ...]
