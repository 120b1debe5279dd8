"""How the records lie in Elasticsearch: a strict mapping, tokens split at spaces only, facets as keywords."""

from __future__ import annotations

from typing import Any

from messaging.contracts.search import FACETS, RANGES

from .schema import KEY_FIELDS, TOKEN_FIELDS, Record, fingerprint

SETTINGS = {"index": {"number_of_shards": 1, "auto_expand_replicas": "0-1", "max_result_window": 10_000}}


def facet_field(name: str) -> str:
    """Where the values of a facet lie."""
    return f"facet_{name}"


def number_field(name: str) -> str:
    """Where the number lies that a range narrows."""
    return f"number_{name}"


def mappings() -> dict[str, Any]:
    """The mapping; its `_meta` says which schema it is of, so a later schema knows that it must not use it."""
    keyword = {"type": "keyword"}
    return {
        "dynamic": "strict",
        "_meta": {"fingerprint": fingerprint("elasticsearch")},
        "_source": {"excludes": list(TOKEN_FIELDS)},
        "properties": {
            **{name: {"type": "text", "analyzer": "whitespace"} for name in TOKEN_FIELDS},
            **{facet_field(name): keyword for name in FACETS},
            **dict.fromkeys((*KEY_FIELDS, "language", "title", "suggest", "gone"), keyword),
            **{number_field(name): {"type": "long"} for name in RANGES},
            "tie": {"type": "long"},
            "source": {"type": "object", "enabled": False},
        },
    }


def to_document(record: Record, source: dict[str, Any]) -> dict[str, Any]:
    """`record` as the body of an index operation."""
    return {
        **record.tokens,
        **record.keys,
        **{facet_field(name): list(values) for name, values in record.facets.items()},
        "language": list(record.languages),
        "title": list(record.titles),
        "suggest": list(record.suggest),
        **{number_field(name): number for name, number in record.numbers.items()},
        "tie": record.tie,
        "source": source,
        **({"gone": "gone"} if record.gone else {}),
    }
