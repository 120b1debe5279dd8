"""A plan in Elasticsearch's terms: structured clauses only, no query string that it would parse."""

from __future__ import annotations

from typing import Any

from services.search.suggest.keys import BEGINNING

from .elastic_mapping import facet_field, number_field
from .plan import HIDDEN, Between, Group, Phrase, Plan
from .schema import EXACT_TITLE

#: Values of one facet that are counted; more than any facet has.
MAX_VALUES = 10_000

Clause = dict[str, Any]


def request(plan: Plan) -> dict[str, Any]:
    """The search request of `plan`. One hit more than the limit tells whether there is a next page."""
    direction = "desc" if plan.descending else "asc"
    by_score = plan.order == "score"
    body: dict[str, Any] = {
        "query": _question(plan),
        "post_filter": _filters(plan, but=None),
        "sort": [{"_score": "desc"}, {"tie": "asc"}] if by_score else [{plan.order: direction}],
        "size": plan.limit + 1,
        "track_total_hits": True,
        "track_scores": by_score,
        "source_includes": ["source"],
        "aggregations": {name: _counts(plan, name) for name in plan.facets},
    }
    if plan.after:
        body["search_after"] = [plan.after.score, plan.after.tie] if by_score else [plan.after.key]
    return body


def suggested(key: str, types: tuple[str, ...]) -> Clause:
    """Documents with a suggestion key that begins with `key`, without what searches hide."""
    keyed: Clause = {"term": {"suggest": key}} if key.startswith(BEGINNING) else {"prefix": {"suggest": key}}
    wanted = [_any("type", types)] if types else []
    return {"bool": {"filter": [keyed, *wanted], "must_not": [_any(name, HIDDEN[name]) for name in HIDDEN]}}


def _question(plan: Plan) -> Clause:
    """What matches, filters aside."""
    if plan.nothing:
        return {"match_none": {}}
    narrowing = [_one_of(groups) for groups in plan.required] + [_between(wanted) for wanted in plan.ranges]
    if plan.language:
        narrowing.append({"term": {"language": plan.language}})
    return {
        "bool": {
            "must": [_positive(plan)],
            "filter": narrowing,
            "must_not": [{"term": {"gone": "gone"}}, *map(_group, plan.excluded)],
        }
    }


def _positive(plan: Plan) -> Clause:
    optional: list[Clause] = [
        {"term": {field: {"value": token, "boost": weight}}} for field, token, weight in plan.terms
    ]
    if plan.title:
        optional.append({"constant_score": {"filter": {"term": {"title": plan.title}}, "boost": EXACT_TITLE}})
    if plan.phrases:
        return {"bool": {"must": [_phrase(phrase) for phrase in plan.phrases], "should": optional}}
    if plan.everything:
        return {"match_all": {}}
    return {"bool": {"should": optional, "minimum_should_match": 1}}


def _one_of(groups: tuple[Group, ...]) -> Clause:
    return {"bool": {"should": [_group(group) for group in groups], "minimum_should_match": 1}}


def _group(group: Group) -> Clause:
    return {"bool": {"must": [_phrase(phrase) for phrase in group]}}


def _between(wanted: Between) -> Clause:
    bounds = {"gte": wanted.low, "lte": wanted.high}
    return {"range": {number_field(wanted.field): {name: b for name, b in bounds.items() if b is not None}}}


def _phrase(phrase: Phrase) -> Clause:
    return {"match_phrase": {phrase.field: {"query": " ".join(phrase.tokens), "analyzer": "whitespace"}}}


def _filters(plan: Plan, but: str | None) -> Clause:
    """The filters on all facets `but` one."""
    return {
        "bool": {
            "filter": [_any(name, values) for name, values in plan.filters.items() if name != but],
            "must_not": [_any(name, values) for name, values in plan.hidden.items() if name != but],
        }
    }


def _any(facet: str, values: tuple[str, ...]) -> Clause:
    return {"terms": {facet_field(facet): list(values)}}


def _counts(plan: Plan, name: str) -> Clause:
    return {
        "filter": _filters(plan, but=name),
        "aggregations": {"values": {"terms": {"field": facet_field(name), "size": MAX_VALUES}}},
    }
