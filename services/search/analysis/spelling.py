"""Corrects what was typed wrong, with the words that the documents have.

An English word is right if the index has it or its stem. Otherwise the nearest known word replaces it: one typing
error (a letter too many, too few, another, or two in the wrong order) in words of four letters or more, two in
words of eight or more; among equally near ones the most frequent. The cost is bounded: only words that begin or
end alike are compared, and only so many words of a question are corrected.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable

#: What is corrected: words of letters. Figures and codes mean what they say.
_WORD = re.compile(r"[a-z]{4,24}")
#: Words of a question that are corrected, and known words that one of them is compared with.
MAX_CORRECTIONS, MAX_COMPARED = 4, 20_000
#: Letters of two errors.
TWO_ERRORS = 8
#: Beginnings and ends by which words are found.
EDGE = 2


class Vocabulary:
    """The words of the documents with the number of documents that have each."""

    def __init__(self) -> None:
        self._documents: Counter[str] = Counter()
        self._alike: dict[str, list[tuple[str, int]]] = defaultdict(list)

    def __len__(self) -> int:
        """How many different words there are."""
        return len(self._documents)

    def learn(self, texts: Iterable[str]) -> None:
        """Count the words of one document."""
        words = set(_WORD.findall(fold(" ".join(texts))))
        for word in words - self._documents.keys():
            known = (word, _letters(word))
            self._alike[f"{word[:EDGE]}^"].append(known)
            self._alike[f"{word[-EDGE:]}$"].append(known)
        self._documents.update(words)

    def frequency(self, word: str) -> int:
        """How many documents have `word` (folded)."""
        return self._documents.get(word, 0)

    def nearest(self, word: str) -> str | None:
        """The known word that was most likely meant by `word` (folded), or none near enough."""
        if not _WORD.fullmatch(word):
            return None
        most = 2 if len(word) >= TWO_ERRORS else 1
        letters = _letters(word)
        best: tuple[int, int, str] | None = None
        alike = self._alike.get(f"{word[:EDGE]}^", []) + self._alike.get(f"{word[-EDGE:]}$", [])
        for other, its_letters in alike[:MAX_COMPARED]:
            if abs(len(other) - len(word)) > most or (letters ^ its_letters).bit_count() > 2 * most:
                continue
            errors = distance(word, other, most)
            if errors <= most and (best is None or (errors, -self._documents[other]) < best[:2]):
                best = (errors, -self._documents[other], other)
        return best[2] if best else None


def fold(text: str) -> str:
    """Lower case, without accents."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFD", text.lower())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def distance(one: str, other: str, most: int) -> int:
    """Typing errors between two words (optimal string alignment), or `most` + 1 when there are more."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        before, last, row = row, before, [i]
        for j, opposite in enumerate(other, start=1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != opposite))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == opposite:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
        if min(row) > most and (not before or min(before) > most):
            return most + 1
    return min(row[-1], most + 1)


def _letters(word: str) -> int:
    """Which letters a word has, as bits."""
    bits = 0
    for letter in word:
        bits |= 1 << (ord(letter) - 97)
    return bits
