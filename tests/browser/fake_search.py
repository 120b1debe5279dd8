"""The fake's search: words by substring, facets counted under all filters but the facet's own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from html import escape
from typing import Any

from multidict import MultiMapping

FACETS = ("type", "sector", "country", "stage", "employment")
PAGE = 20

Document = dict[str, Any]


def search(documents: list[Document], query: MultiMapping[str]) -> dict[str, Any]:
    """The answer of ``GET /api/v1/search``."""
    words = query.get("q", "").lower()
    wanted = {name: set(query.getall(name, [])) for name in FACETS}
    language = query.get("lang")
    matching = [
        document
        for document in documents
        if words in _all_words(document).lower() and (not language or language in document["titles"])
    ]
    hits = [document for document in matching if _passes(document, wanted)]
    start = int(query.get("cursor", "0"))
    return {
        "hits": [_hit(document, words, language) for document in hits[start : start + PAGE]],
        "facets": {name: _counts(matching, wanted, name) for name in FACETS},
        "total": len(hits),
        "next": str(start + PAGE) if len(hits) > start + PAGE else None,
    }


def suggest(documents: list[Document], query: MultiMapping[str]) -> dict[str, Any]:
    """The answer of ``GET /api/v1/search/suggest``: titles that have what was typed."""
    typed = query.get("q", "").strip().lower()
    items = [
        {"text": title, "lang": language, **{key: document[key] for key in ("id", "type", "titles")}}
        for document in documents
        for language, title in document["titles"].items()
        if typed and typed in title.lower()
    ]
    return {"items": items[:8], "next": None}


def _all_words(document: Document) -> str:
    return " ".join([*document["titles"].values(), *document["text"].values()])


def _passes(document: Document, wanted: Mapping[str, set[str]], but: str = "") -> bool:
    return all(not values or name == but or document.get(name) in values for name, values in wanted.items())


def _counts(documents: list[Document], wanted: Mapping[str, set[str]], name: str) -> list[dict[str, Any]]:
    values = (d[name] for d in documents if name in d and _passes(d, wanted, but=name))
    return [{"value": value, "count": count} for value, count in Counter(values).most_common()]


def _hit(document: Document, words: str, language: str | None) -> dict[str, Any]:
    """A hit as the search service makes it, in the language asked for or the one that matched."""
    titles, texts = document["titles"], document["text"]
    shown_in = language or next(name for name in titles if words in f"{titles[name]} {texts[name]}".lower())
    title, text = titles[shown_in], texts[shown_in]
    highlights = {"title": [_marked(title, words)], "text": [_marked(text, words)]} if words else {}
    shown = {key: value for key, value in document.items() if key != "text"}
    return {**shown, "score": 1.0, "title": title, "highlights": highlights}


def _marked(text: str, words: str) -> str:
    at = text.lower().find(words) if words else -1
    if at < 0:
        return escape(text)
    end = at + len(words)
    return f"{escape(text[:at])}<mark>{escape(text[at:end])}</mark>{escape(text[end:])}"
