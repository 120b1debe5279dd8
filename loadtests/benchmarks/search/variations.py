"""The same search without one of its steps, and the same question written otherwise."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import opencc

from services.search import queries
from services.search.analysis import reading, tokens
from services.search.engines import plan, schema

_WORD = re.compile(r"[A-Za-z]{5,}")


def _no_translations() -> None:
    _reads(lambda found: replace(found, translations=()))


def _no_synonyms() -> None:
    _reads(lambda found: replace(found, synonyms=()))


def _no_spelling() -> None:
    reading._corrections = lambda *_: {}


def _no_near() -> None:
    plan._near = lambda _: ()  # type: ignore[assignment]


def _no_question_words() -> None:
    tokens._question_stems = frozenset  # type: ignore[assignment]


def _no_titles() -> None:
    schema.WEIGHTS.update(title_en=0.0, title_zh=0.0, title_bi=0.0)


def _no_bigrams() -> None:
    schema.WEIGHTS.update(all_bi=0.0, title_bi=0.0)


def _reads(change: Callable[[Any], Any]) -> None:
    whole = queries.read
    queries.read = lambda *given: change(whole(*given))


#: What can be left out, by name.
STEPS: dict[str, Callable[[], None]] = {
    "translations": _no_translations,
    "synonyms": _no_synonyms,
    "spelling": _no_spelling,
    "near": _no_near,
    "question-words": _no_question_words,
    "titles": _no_titles,
    "bigrams": _no_bigrams,
}


def leave_out(step: str) -> None:
    """Search in this process goes on without `step`."""
    STEPS[step]()


def disturbed(text: str, typos: int, traditional: bool) -> str:
    """`text` with a typing error in each of so many of its English words, or in traditional characters; the same
    for the same text."""
    chance = random.Random(text)
    places = [word.span() for word in _WORD.finditer(text)]
    for start, end in sorted(chance.sample(places, min(typos, len(places))), reverse=True):
        text = text[:start] + _mistyped(text[start:end], chance) + text[end:]
    return opencc.OpenCC("s2t").convert(text) if traditional else text


def _mistyped(word: str, chance: random.Random) -> str:
    at = chance.randrange(1, len(word) - 1)
    letter = chance.choice("abcdefghijklmnopqrstuvwxyz")
    return chance.choice([
        word[:at] + word[at + 1 :],
        word[:at] + letter + word[at:],
        word[:at] + letter + word[at + 1 :],
        word[:at] + word[at + 1] + word[at] + word[at + 2 :],
    ])  # fmt: skip
