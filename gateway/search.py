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
from .problems import invalid

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


class SearchAnswer(Struct, kw_only=True):
    """A page of results; `facets` count under all filters but the facet's own."""

    hits: list[Found]
    facets: dict[str, list[FacetValue]]
    total: int
    next: str | None = None


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
    q: Annotated[str, QueryParameter(max_length=512, description="Words, in Chinese or English")] = "",
    type: DocumentType | None = None,
    lang: Annotated[
        Language | None, QueryParameter(description="Only what is written in this language, with titles in it")
    ] = None,
    facets: Annotated[str | None, QueryParameter(description="Facets to count, comma-separated")] = None,
    sort: Sort | None = None,
    limit: Limit = None,
    cursor: Annotated[str | None, QueryParameter(max_length=1000)] = None,
) -> SearchAnswer:
    """Search. Any value of a facet matches, all facets must match."""
    answer = await caller.call(
        Search,
        q=q,
        type=type,
        lang=lang,
        filters=filters_in(request.query_params.multi_items()) or None,
        facets=counted(facets),
        sort=sort,
        limit=limit,
        cursor=cursor,
    )
    return {**answer, "hits": [{**hit.pop("fields", {}), **hit} for hit in answer["hits"]]}  # type: ignore[return-value]


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


router = Router("/", route_handlers=[search])
