"""Full text with filters and facets over projects, vacancies and sessions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from litestar import Request, Router, get
from litestar.openapi.spec import Operation, Parameter, Schema
from litestar.openapi.spec.enums import OpenAPIType
from litestar.params import Parameter as QueryParameter
from msgspec import Struct

from messaging.contracts.search import FACETS, DocumentType, FacetValue, Search, Sort

from .caller import Caller
from .listings import Limit
from .moments import milliseconds
from .problems import invalid
from .rebuilds import get_rebuild, rebuild_index
from .suggestions import suggest

FILTERS = tuple(name for name in FACETS if name != "type")  # `type` is a parameter with values of its own
Language = Literal["zh", "en"]


class Found(Struct, kw_only=True):
    """One result. The facet values of the document and what else a list shows stand beside these."""

    id: str
    type: DocumentType
    score: float
    title: str
    titles: dict[str, str]
    highlights: dict[str, list[str]]


class FoundGroup(Struct, kw_only=True):
    """The first hits of one type, and how many there are of it."""

    type: DocumentType
    hits: list[Found]
    total: int


class SearchAnswer(Struct, kw_only=True):
    """A page of results; `facets` count under all filters but the facet's own.

    `groups` stand in place of `hits` with `group=type`. `did_you_mean` is another question, which finds more.
    """

    hits: list[Found]
    facets: dict[str, list[FacetValue]]
    total: int
    next: str | None = None
    groups: list[FoundGroup] = []
    did_you_mean: str | None = None


Bound = Annotated[
    str | None,
    QueryParameter(
        max_length=40,
        description="A time (RFC 3339) or a date in UTC, included: when submitted or posted, or when it starts",
    ),
]
Closing = Annotated[
    str | None, QueryParameter(max_length=40, description="A time or a date: when a vacancy closes; included")
]
Openings = Annotated[int | None, QueryParameter(ge=0, le=10**9, description="Openings of a vacancy; included")]


@dataclass
class SearchOperation(Operation):
    """Adds the filters, which the handler reads by itself, to the description of the operation."""

    def __post_init__(self) -> None:
        text = Schema(type=OpenAPIType.STRING)
        self.parameters = [
            *(self.parameters or []),
            *(
                Parameter(
                    name=name,
                    param_in="query",
                    description=f"Wanted values of the facet `{name}`, comma-separated or repeated",
                    schema=Schema(type=OpenAPIType.ARRAY, items=text),
                    explode=False,
                )
                for name in FILTERS
            ),
        ]


@get("/search", operation_class=SearchOperation, opt={"query": FILTERS}, tags=["search"])
async def search(
    request: Request[Any, Any, Any],
    caller: Caller,
    q: Annotated[
        str,
        QueryParameter(
            max_length=512,
            description='Words in Chinese or English, "phrases", -excluded words; `title:` and `owner:` before a '
            "word or a phrase",
        ),
    ] = "",
    type: DocumentType | None = None,
    lang: Annotated[
        Language | None, QueryParameter(description="Only what is written in this language, with titles in it")
    ] = None,
    facets: Annotated[str | None, QueryParameter(description="Facets to count, comma-separated")] = None,
    sort: Sort | None = None,
    limit: Limit = None,
    cursor: Annotated[str | None, QueryParameter(max_length=1000)] = None,
    group: Annotated[
        Literal["type"] | None, QueryParameter(description="The first hits of each type apart, without pages")
    ] = None,
    since: Bound = None,
    until: Bound = None,
    closes_since: Closing = None,
    closes_until: Closing = None,
    openings_min: Openings = None,
    openings_max: Openings = None,
) -> SearchAnswer:
    """Search. Any value of a facet matches, all facets must match."""
    answer = await caller.call(
        Search,
        q=q,
        type=type,
        lang=lang,
        filters=filters_in(request.query_params.multi_items()) or None,
        ranges=bounded(
            time=(moment(since, "since"), moment(until, "until", end=True)),
            closes_at=(moment(closes_since, "closes_since"), moment(closes_until, "closes_until", end=True)),
            openings=(openings_min, openings_max),
        )
        or None,
        facets=counted(facets),
        sort=sort,
        limit=limit,
        cursor=cursor,
        group=group,
    )
    groups = [{**one, "hits": flat(one["hits"])} for one in answer.get("groups", ())]
    return {"next": None, **answer, "hits": flat(answer["hits"]), **({"groups": groups} if groups else {})}  # type: ignore[return-value]


def flat(hits: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Hits with their fields beside their ids."""
    return [{**hit.pop("fields", {}), **hit} for hit in hits]


def moment(text: str | None, name: str, *, end: bool = False) -> int | None:
    """A bound in milliseconds, if one is given."""
    return None if text is None else milliseconds(text, name, end=end)


def bounded(**ranges: tuple[int | None, int | None]) -> dict[str, dict[str, int]]:
    """The ranges that have a bound, as the search service takes them."""
    named = {name: {"at_least": low, "at_most": high} for name, (low, high) in ranges.items()}
    given = {
        name: {bound: value for bound, value in bounds.items() if value is not None}
        for name, bounds in named.items()
    }
    return {name: bounds for name, bounds in given.items() if bounds}


def filters_in(parameters: Any) -> dict[str, list[str]]:
    """The values wanted of each facet; ``sector=a,b&sector=c`` wants any of three."""
    wanted: dict[str, list[str]] = {}
    for name, value in parameters:
        if name in FILTERS:
            wanted.setdefault(name, []).extend(part.strip() for part in value.split(",") if part.strip())
    return {name: values for name, values in wanted.items() if values}


def counted(facets: str | None) -> list[str] | None:
    """The facets to count, checked by name; None leaves the choice to the search service."""
    if facets is None:
        return None
    names = [name.strip() for name in facets.split(",") if name.strip()]
    for name in names:
        if name not in FACETS:
            raise invalid(f"There is no facet `{name}`; there are {', '.join(FACETS)}.", "facets")
    return names


router = Router("/", route_handlers=[search, suggest, rebuild_index, get_rebuild])
