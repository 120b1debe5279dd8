"""What a cluster says of words: in how many documents they are, and how well they match in each language."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from elasticsearch import Elasticsearch

from services.search.analysis.lexicon.translate import Frequencies

from . import elastic_query
from .plan import Plan
from .schema import scale_of


def frequencies(client: Elasticsearch, index: str, field: str, tokens: Collection[str]) -> Frequencies:
    """How many documents have each token in `field`; one request for all of them."""
    asked = sorted(tokens)
    if not asked:
        return Frequencies(0, {})
    filters = {token: {"term": {field: token}} for token in asked}
    counted: dict[str, Any] = {"having": {"filters": {"filters": filters}}}
    answer = client.search(index=index, size=0, track_total_hits=True, aggregations=counted)
    buckets = answer["aggregations"]["having"]["buckets"]
    return Frequencies(
        answer["hits"]["total"]["value"], {token: bucket["doc_count"] for token, bucket in buckets.items()}
    )


def scale(client: Elasticsearch, index: str, plan: Plan) -> float:
    """What translations count for; see `schema.scale_of`. Both searches go in one request."""
    searches = [line for body in elastic_query.best_scores(plan) for line in ({}, body)]
    answers = client.msearch(index=index, searches=searches)["responses"]
    return scale_of(*(float(answer["hits"]["max_score"] or 0.0) for answer in answers))
