"""Pages and counts out of a tantivy searcher."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tantivy import DocAddress, Order, Query, Searcher

from .plan import Plan, Position
from .tantivy_query import QueryBuilder

#: Hits asked for beyond a page. Vacancies of one employer often score alike, and asking again costs more.
MARGIN = 50
#: Values of one facet that are counted; more than any facet has.
MAX_VALUES = 10_000

Hit = tuple[Position, DocAddress]


def page(searcher: Searcher, query: Query, plan: Plan) -> tuple[list[Hit], int]:
    """The hits after `plan.after`, one more than the limit if there are so many, and the number of all hits.

    tantivy has no "search after", and orders hits of one score by where they lie on disk. So we ask for all hits
    up to the end of the page and a little more, order those of one score by their tie, and drop what the cursor
    has passed. The last score of a full window is dropped too, for more hits of it may lie beyond; when that, or
    documents that came in since the page before, leave too few, the window grows.
    """
    seen = plan.after.seen if plan.after else 0
    window = seen + plan.limit + MARGIN
    while True:
        found = _window(searcher, query, plan, window)
        hits = _placed(searcher, found.hits, plan)
        complete = len(hits) < window
        if plan.order == "score" and not complete:
            hits = [hit for hit in hits if hit[0].score > hits[-1][0].score]
        hits = [hit for hit in hits if _follows(hit[0], plan)][: plan.limit + 1]
        if complete or len(hits) > plan.limit:
            return list(_numbered(hits, seen)), found.count or 0
        window *= 4


def facet_counts(searcher: Searcher, queries: QueryBuilder, plan: Plan) -> dict[str, dict[str, int]]:
    """The counts of each facet of `plan`. Facets that nothing was said of share one pass over the hits."""
    counts: dict[str, dict[str, int]] = {}
    spoken_of = [name for name in plan.facets if name in plan.filters or name in plan.hidden]
    for name in spoken_of:
        counts |= count_values(searcher, queries.facet(name), [name])
    if others := [name for name in plan.facets if name not in spoken_of]:
        counts |= count_values(searcher, queries.hits(), others)
    return {name: counts[name] for name in plan.facets}


def count_values(searcher: Searcher, query: Query, names: list[str]) -> dict[str, dict[str, int]]:
    """How many documents of `query` have each value of the facets `names`."""
    request = {name: {"terms": {"field": name, "size": MAX_VALUES}} for name in names}
    answer = searcher.aggregate(query, request)
    return {
        name: {bucket["key"]: bucket["doc_count"] for bucket in answer[name]["buckets"]} if answer else {}
        for name in names
    }


def _window(searcher: Searcher, query: Query, plan: Plan, size: int) -> Any:
    if plan.order == "score":
        return searcher.search(query, size)
    order = Order.Desc if plan.descending else Order.Asc
    return searcher.search(query, size, order_by_field=plan.order, order=order)


def _placed(searcher: Searcher, hits: list[tuple[Any, DocAddress]], plan: Plan) -> list[Hit]:
    """Each hit with its position, in the final order."""
    if plan.order != "score":
        return [(Position(key=key), address) for key, address in hits]
    ties = searcher.fast_field_values("tie", [address for _, address in hits])
    placed = [
        (Position(score=score, tie=int(tie or 0)), address)
        for (score, address), tie in zip(hits, ties, strict=True)
    ]
    return sorted(placed, key=lambda hit: (-hit[0].score, hit[0].tie))


def _follows(position: Position, plan: Plan) -> bool:
    """Whether the cursor has not passed `position` yet."""
    after = plan.after
    if after is None:
        return True
    if plan.order == "score":
        return (-position.score, position.tie) > (-after.score, after.tie)
    return position.key < after.key if plan.descending else position.key > after.key


def _numbered(hits: list[Hit], seen: int) -> Iterator[Hit]:
    """The hits with the number of hits up to and with each."""
    for number, (place, address) in enumerate(hits, start=seen + 1):
        yield Position(place.key, place.score, place.tie, number), address
