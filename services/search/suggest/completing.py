"""From what is being typed to titles that go on from it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from messaging.contracts.search import Suggest, Suggestion, Suggestions
from services.search.analysis.sort_keys import folded
from services.search.documents import Document
from services.search.engines.interface import Engine

from .keys import BEGINNING, SHORT, keys_in, typed

#: Documents looked at; titles of many are the same.
CONSIDERED = 120
#: Whether it does not begin so, whether it only sounds so, its length, itself: less is better.
Rank = tuple[bool, bool, int, str]
Ranked = tuple[Rank, Suggestion]


def suggest(query: Suggest, engine: Engine) -> Suggestions:
    """Answer `query`. Raises `Unavailable` from the engine.

    One or two letters must begin a title, more may begin any word of it.
    """
    key = typed(query.q)
    if not key:
        return Suggestions(items=[])
    types = (query.type,) if query.type else ()
    asked = BEGINNING + key if len(key) <= SHORT and key.isascii() else key
    found = engine.suggest(asked, types, CONSIDERED)
    best: dict[str, Suggestion] = {}
    for _, suggestion in sorted((one for document in found for one in _ranked(document, key)), key=_rank):
        best.setdefault(folded(suggestion.text), suggestion)
    return Suggestions(items=list(islice(best.values(), query.limit)))


def _ranked(document: Document, key: str) -> Iterator[Ranked]:
    """`document` by its title that `key` leads to; pinyin leads to the Chinese one."""
    for language in ("en", "zh") if key.isascii() else ("zh", "en"):
        title = document.titles.get(language, "")
        keys = list(keys_in(title)) if title else []
        if any(one.startswith(key) for one in keys):
            whole = any(one.startswith(key) for one in keys[:3])
            suggestion = Suggestion(
                text=title,
                lang="zh" if language == "zh" else "en",
                type=document.type,
                id=document.id,
                titles=document.titles,
            )
            yield (not whole, language == "zh" and key.isascii(), len(title), title), suggestion
            return


def _rank(ranked: Ranked) -> Rank:
    return ranked[0]
