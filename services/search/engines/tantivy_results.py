"""Pages and counts out of a tantivy searcher."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

from tantivy import DocAddress, Order, Query, Searcher

from .plan import Plan, Position
from .schema import EXACT_TITLE, scale_of
from .tantivy_query import QueryBuilder

#: Hits asked for beyond a page. Vacancies of one employer often score alike, and asking again costs more.
MARGIN = 50
#: Values of one facet that are counted; more than any facet has.
MAX_VALUES = 10_000

Hit = tuple[Position, DocAddress]


class Window(NamedTuple):
    """The best hits in order, whether these are all, and what translations counted for (see `Plan.scale`)."""

    hits: list[tuple[Any, DocAddress]]
    complete: bool
    scale: float = 0.0


def page(searcher: Searcher, queries: QueryBuilder, plan: Plan) -> list[Hit]:
    """The hits after `plan.after`, one more than the limit if there are so many.

    tantivy has no "search after", and orders hits of one score by where they lie on disk. So we ask for all hits
    up to the end of the page and a little more, order those of one score by their tie, and drop what the cursor
    has passed. The last score of a full window is dropped too, for more hits of it may lie beyond; when that, or
    documents that came in since the page before, leave too few, the window grows.
    """
    seen = plan.after.seen if plan.after else 0
    window = seen + plan.limit + MARGIN
    while True:
        found = _window(searcher, queries, plan, window)
        hits = _placed(searcher, found, plan)
        hits = [hit for hit in hits if _follows(hit[0], plan)][: plan.limit + 1]
        if found.complete or len(hits) > plan.limit:
            return list(_numbered(hits, seen))
        window *= 4


def counts(searcher: Searcher, queries: QueryBuilder, plan: Plan) -> tuple[int, dict[str, dict[str, int]]]:
    """The number of all hits, and the counts of each facet of `plan`.

    Facets that nothing was said of share one pass over the hits. As every document has one type, the types count
    the hits in the same pass, without computing a score.
    """
    spoken_of = [name for name in plan.facets if name in plan.filters or name in plan.hidden]
    others = [name for name in plan.facets if name not in spoken_of]
    counted = count_values(searcher, queries.hits(), list(dict.fromkeys([*others, "type"])))
    total = sum(counted["type"].values())
    for name in spoken_of:
        counted |= count_values(searcher, queries.facet(name), [name])
    return total, {name: counted[name] for name in plan.facets}


def count_values(searcher: Searcher, query: Query, names: list[str]) -> dict[str, dict[str, int]]:
    """How many documents of `query` have each value of the facets `names`."""
    request = {name: {"terms": {"field": name, "size": MAX_VALUES}} for name in names}
    answer = searcher.aggregate(query, request)
    return {
        name: {bucket["key"]: bucket["doc_count"] for bucket in answer[name]["buckets"]} if answer else {}
        for name in names
    }


def _window(searcher: Searcher, queries: QueryBuilder, plan: Plan, size: int) -> Window:
    if plan.order != "score":
        order = Order.Desc if plan.descending else Order.Asc
        found = searcher.search(queries.hits(), size, count=False, order_by_field=plan.order, order=order).hits
        return Window(found, len(found) < size)
    if plan.translations:
        return _fused(searcher, queries, plan, size)
    found = searcher.search(queries.hits(), size, count=False).hits
    if len(found) < size:
        return Window(found, True)
    return Window([hit for hit in found if hit[0] > found[-1][0]], False)


def _fused(searcher: Searcher, queries: QueryBuilder, plan: Plan, size: int) -> Window:
    """The best hits of the question in both languages: a document's score is the better of the two.

    Two short rankings cost a third of one over all that either finds. What neither holds lies below the end of
    the longer one, so all above that is exact.
    """
    own = searcher.search(queries.own_language(), size, count=False).hits
    other = searcher.search(queries.translated(), size, count=False).hits
    scale = plan.scale or scale_of(own[0][0] if own else 0.0, other[0][0] if other else 0.0)
    other = [(score * scale, address) for score, address in other]
    scores: dict[tuple[int, int], tuple[float, DocAddress]] = {}
    for score, address in (*own, *other):
        place = (address.segment_ord, address.doc)
        if place not in scores or score > scores[place][0]:
            scores[place] = (score, address)
    ends = [ranking[-1][0] for ranking in (own, other) if len(ranking) == size]
    if plan.title:
        exact = searcher.search(queries.exact_title(), size, count=False).hits
        for _, address in exact:
            place = (address.segment_ord, address.doc)
            if ends and (len(exact) == size or place not in scores):
                ends.append(math.inf)  # its score, or that of another with this title, is not known yet
            scores[place] = (scores.get(place, (0.0,))[0] + EXACT_TITLE, address)
    floor = max(ends, default=-1.0)
    return Window([hit for hit in scores.values() if hit[0] > floor], not ends, scale)


def _placed(searcher: Searcher, found: Window, plan: Plan) -> list[Hit]:
    """Each hit with its position, in the final order."""
    hits = found.hits
    if plan.order != "score":
        return [(Position(key=key), address) for key, address in hits]
    ties = searcher.fast_field_values("tie", [address for _, address in hits])
    placed = [
        (Position(score=score, tie=int(tie or 0), scale=found.scale), address)
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
        yield Position(place.key, place.score, place.tie, number, place.scale), address
