"""Under which keys a title is suggested, and which keys what was typed asks for.

A title is suggested when it has a key that begins with what was typed:

    电池工程师 Battery engineer      typed
    电池工程师, 工程师, …            电池 · 工程
    dianchigongchengshi, …          dianchi · dian chi gong
    dcgcs, …                        dcgc
    batteryengineer, engineer       batt · engi

Keys begin where a word begins, so the middle of a title is found too. Pinyin is for suggestions only: in a search
it would match everything that sounds alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice

import rjieba
from pypinyin import Style, lazy_pinyin

from services.search.analysis.normalise import normalise
from services.search.analysis.tokens import HAN_RUN

#: Keys are cut at this length, and what was typed likewise.
KEY_LENGTH = 24
#: Up to this length what was typed must begin the title, and is a term of its own after the mark `BEGINNING`.
SHORT = 2
BEGINNING = "="
#: Of a title longer than this only the beginning is suggested.
TITLE_LENGTH = 120
#: Words of one title, or of one run of Chinese, that a key begins with.
MAX_STARTS = 8

_LATIN = re.compile("[0-9a-zà-öø-ÿ]+")
_APART = re.compile(r"[\W_]+")


def keys_of(titles: dict[str, str]) -> tuple[str, ...]:
    """The keys of a document with these titles by language."""
    return tuple(dict.fromkeys(key for title in titles.values() for key in keys_in(title)))


def keys_in(title: str) -> Iterator[str]:
    """The keys of one title, and the `beginnings` of those that stand for the whole of it."""
    plain = normalise(title[:TITLE_LENGTH]).casefold()
    first = next((place for place, letter in enumerate(plain) if letter.isalnum()), 0)
    for word in islice(_LATIN.finditer(plain), MAX_STARTS):
        key = _joined(plain[word.start() :])
        yield key
        if word.start() == first:
            yield from beginnings(key)
    for run in () if plain.isascii() else HAN_RUN.finditer(plain):
        keys = _chinese_keys(run[0])
        yield from keys
        if run.start() == first:
            yield from (beginning for key in keys[:3] for beginning in beginnings(key))


def beginnings(key: str) -> Iterator[str]:
    """The first one and two letters of `key`, as terms of their own.

    Thousands of keys begin with one letter; walking them would take longer than somebody types.
    """
    return (f"{BEGINNING}{key[:length]}" for length in range(1, SHORT + 1))


def typed(text: str) -> str:
    """The key that `text`, as far as it is typed, asks for; "" when it has nothing to go by.

    Spaces do not count: "dian chi" is pinyin, and "battery eng" begins the key "batteryengineer".
    """
    return _joined(normalise(text[:TITLE_LENGTH]).casefold())


def _first(plain: str) -> int:
    """Where the first letter of `plain` is."""
    return next((place for place, letter in enumerate(plain) if letter.isalnum()), 0)


def _chinese_keys(run: str) -> list[str]:
    """From the beginning of each word on: the characters, their pinyin, and its initials."""
    words = rjieba.cut(run)
    syllables = [syllable for word in words for syllable in _spoken(word)]
    initials = "".join(syllable[0] for syllable in syllables)
    keys: list[str] = []
    start = 0
    for word in words[:MAX_STARTS]:
        spoken = "".join(syllables[start : start + KEY_LENGTH])
        keys += (run[start : start + KEY_LENGTH], spoken[:KEY_LENGTH], initials[start : start + KEY_LENGTH])
        start += len(word)
    return keys


@lru_cache(maxsize=50_000)
def _spoken(word: str) -> tuple[str, ...]:
    """One syllable for each character. Word by word, for 重 is chong in 重庆; remembered, for words come again."""
    return tuple(lazy_pinyin(word, style=Style.NORMAL, errors=list))  # type: ignore[arg-type]


def _joined(text: str) -> str:
    return _APART.sub("", text)[:KEY_LENGTH]
