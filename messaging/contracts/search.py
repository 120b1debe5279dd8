"""Words owned by the search service: it owns no facts, only the index."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from .types import Event, Query

DocumentType = Literal["project", "vacancy", "session"]
FacetValues = Annotated[tuple[str, ...], Meta(max_length=50)]
Sort = Literal["relevance", "newest", "oldest", "title"]
Facet = Literal["type", "sector", "country", "mode", "stage", "employment", "kind", "organisation_id",
                "sub_venue_id", "status", "language", "seeking"]  # fmt: skip
FACETS: tuple[str, ...] = Facet.__args__  # type: ignore[attr-defined]


class Search(Query, frozen=True, kw_only=True):
    """Full text with filters. `filters` maps a facet to the values wanted: any of a facet, all facets."""

    q: Annotated[str, Meta(max_length=512)] = ""
    type: DocumentType | None = None
    lang: Literal["zh", "en"] | None = None
    filters: dict[Facet, FacetValues] = msgspec.field(default_factory=dict)
    facets: tuple[Facet, ...] = ("type", "sector", "country", "stage", "employment", "kind")
    sort: Sort = "relevance"
    limit: Annotated[int, Meta(ge=1, le=100)] = 20
    cursor: Annotated[str, Meta(max_length=1000)] | None = None


class CountDocuments(Query, frozen=True, kw_only=True):
    """How many documents of each type the index holds."""


class Hit(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One result. `title` and `highlights` are in the language asked for, or the one that matched.

    `highlights` maps a field ("title", "text") to fragments of HTML-escaped text with ``<mark>`` around
    what matched. `fields` holds the facet values and other keys a list of results shows.
    """

    id: str
    type: DocumentType
    score: float
    title: str
    titles: dict[str, str]
    highlights: dict[str, list[str]]
    fields: dict[str, object]


class FacetValue(Struct, frozen=True):
    """One value of a facet and the number of matching documents."""

    value: str
    count: int


class Results(Struct, frozen=True, kw_only=True):
    """A page of results; `facets` count under all filters but the facet's own; `next` is the next cursor."""

    hits: list[Hit]
    facets: dict[str, list[FacetValue]]
    total: int
    next: str | None = None


class IndexedDocument(Struct, frozen=True):
    """A document that is now searchable in this version of its aggregate."""

    id: str
    type: DocumentType
    version: int


class DocumentsIndexed(Event, frozen=True, kw_only=True, tag="search.documents_indexed.v1"):
    """These documents are visible to searches from now on."""

    documents: tuple[IndexedDocument, ...]
