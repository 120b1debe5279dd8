"""A plan in Elasticsearch's terms: structured clauses only, no query string that it would parse."""

from __future__ import annotations

from typing import Any

from services.search.analysis.lexicon.choices import Alternative, Choice
from services.search.suggest.keys import BEGINNING

from .elastic_mapping import facet_field, number_field
from .plan import HIDDEN, Between, Group, Phrase, Plan
from .schema import EXACT_TITLE, NEAR, NEAR_SLOP

#: Values of one facet that are counted; more than any facet has.
MAX_VALUES = 10_000

Clause = dict[str, Any]


def request(plan: Plan) -> dict[str, Any]:
    """The search request of `plan`. One hit more than the limit tells whether there is a next page."""
    direction = "desc" if plan.descending else "asc"
    by_score = plan.order == "score"
    body: dict[str, Any] = {
        "query": _question(plan, _positive(plan)),
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


def best_scores(plan: Plan) -> list[dict[str, Any]]:
    """Two searches that find the best score in the question's language (exact titles aside), and in the other."""
    narrowing = _filters(plan, but=None)
    return [
        {
            "query": {"bool": {"must": [_question(plan, positive)], "filter": [narrowing]}},
            "size": 1,
            "_source": False,
        }
        for positive in (_words(plan), _translations(plan))
    ]


def suggested(key: str, types: tuple[str, ...]) -> Clause:
    """Documents with a suggestion key that begins with `key`, without what searches hide."""
    keyed: Clause = {"term": {"suggest": key}} if key.startswith(BEGINNING) else {"prefix": {"suggest": key}}
    wanted = [_any("type", types)] if types else []
    return {"bool": {"filter": [keyed, *wanted], "must_not": [_any(name, HIDDEN[name]) for name in HIDDEN]}}


def _question(plan: Plan, positive: Clause) -> Clause:
    """What matches `positive` and was not ruled out, filters aside."""
    if plan.nothing:
        return {"match_none": {}}
    narrowing = [_one_of(groups) for groups in plan.required] + [_between(wanted) for wanted in plan.ranges]
    if plan.language:
        narrowing.append({"term": {"language": plan.language}})
    return {
        "bool": {
            "must": [positive],
            "filter": narrowing,
            "must_not": [{"term": {"gone": "gone"}}, *map(_group, plan.excluded)],
        }
    }


def _positive(plan: Plan) -> Clause:
    if plan.everything:
        return {"match_all": {}}
    found = _words(plan)
    if plan.translations:
        translated = {**_translations(plan)["bool"], "boost": plan.scale or 1.0}
        found = {"dis_max": {"queries": [found, {"bool": translated}], "tie_breaker": 0.0}}
    if not plan.title:
        return found
    title: Clause = {"constant_score": {"filter": {"term": {"title": plan.title}}, "boost": EXACT_TITLE}}
    if plan.phrases:
        return {"bool": {"must": [found], "should": [title]}}
    return {"bool": {"should": [found, title], "minimum_should_match": 1}}


def _words(plan: Plan) -> Clause:
    """The words of the question and what adds to them; of phrases all must match."""
    optional = [_term(field, token, weight) for field, token, weight in plan.terms]
    optional += [_near(phrase) for phrase in plan.near]
    optional += [_choice(choice) for choice in plan.synonyms]
    if plan.phrases:
        return {"bool": {"must": [_phrase(phrase) for phrase in plan.phrases], "should": optional}}
    return {"bool": {"should": optional, "minimum_should_match": 1}} if optional else {"match_none": {}}


def _translations(plan: Plan) -> Clause:
    """The question in the other language. What is written alike in both, names and figures, adds to it."""
    finding = [_choice(choice) for choice in plan.translations if not choice.part]
    adding = [_choice(choice) for choice in plan.translations if choice.part]
    adding += [_term(field, token, 1.0) for field, token, _ in plan.terms if field == "all_en"]
    return {"bool": {"must": [{"bool": {"should": finding, "minimum_should_match": 1}}], "should": adding}}


def _choice(choice: Choice) -> Clause:
    return {"dis_max": {"queries": list(map(_alternative, choice.alternatives)), "tie_breaker": 0.1}}


def _alternative(one: Alternative) -> Clause:
    boost = one.weight / len(one.tokens)
    tokens = [_term(f"all_{one.stream}", token, boost) for token in one.tokens]
    if len(tokens) == 1:
        return tokens[0]
    return {"bool": {"must": tokens}} if one.whole else {"bool": {"should": tokens, "minimum_should_match": 1}}


def _near(phrase: Phrase) -> Clause:
    tokens = {"query": " ".join(phrase.tokens), "analyzer": "whitespace", "slop": NEAR_SLOP, "boost": NEAR}
    return {"match_phrase": {phrase.field: tokens}}


def _term(field: str, token: str, boost: float) -> Clause:
    return {"term": {field: {"value": token, "boost": boost}}}


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
