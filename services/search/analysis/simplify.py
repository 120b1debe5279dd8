"""Traditional Chinese characters to simplified ones, with OpenCC's dictionaries.

OpenCC's own Python code needs 370 µs for an abstract, more than all other steps of the analysis together. Its
tables give one character for one and keep the length of every phrase, so `str.translate` and one regular
expression do the same work in a tenth of the time; a test holds the two against each other.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files


def simplify(text: str) -> str:
    """`text` in simplified characters; it keeps its length, so offsets stay good."""
    if text.isascii():
        return text
    characters, phrases, pattern = _tables()
    simplified = text.translate(characters)
    exceptions = list(pattern.finditer(text))
    if not exceptions:
        return simplified
    letters = list(simplified)
    for phrase in exceptions:
        letters[phrase.start() : phrase.end()] = phrases[phrase[0]]
    return "".join(letters)


@lru_cache(maxsize=1)
def _tables() -> tuple[dict[int, str], dict[str, str], re.Pattern[str]]:
    """Characters, the phrases that differ from what their characters give one by one, and where these are."""
    characters = {ord(key): value for key, value in _dictionary("TSCharacters")}
    phrases = {key: value for key, value in _dictionary("TSPhrases") if key.translate(characters) != value}
    longest_first = sorted(phrases, key=len, reverse=True)
    return characters, phrases, re.compile("|".join(map(re.escape, longest_first)))


def _dictionary(name: str) -> list[tuple[str, str]]:
    """The pairs of one dictionary; of several simplified forms the first, as OpenCC chooses."""
    lines = files("opencc").joinpath("dictionary", f"{name}.txt").read_text(encoding="utf-8").splitlines()
    pairs = (line.split("\t") for line in lines if line)
    return [(key, forms.split(" ")[0]) for key, forms in pairs]
