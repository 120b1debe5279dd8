"""The words of a question as choices in the other language.

A translation that the index does not have is left out. One that is rarer than the usual translation would weigh
more by its rarity, and so the odd one win: each is therefore held to the rarity of the most frequent of its choice
(after Pirkola, SIGIR 1998, where all translations of a word count as one).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import rjieba

from services.search.analysis.tokens import CHINESE_STOP_WORDS, HAN_RUN, bigrams, chinese_words

from .choices import Alternative, Choice, Lexicon, Stream, Translation

#: Translations of one word that are looked at, and words of a question that are translated.
MAX_TRANSLATIONS, MAX_WORDS = 12, 32
#: A long word counts once whole, and this much for each word inside it that has a translation of its own.
PART_ZH, PART_EN = 0.5, 0.3
#: A single character means much and little; and the neighbours of a word are weaker evidence than the word.
SINGLE, NEIGHBOURS = 0.4, 0.3
#: Longest run of English words that is one entry, of Chinese characters in a word of unknown parts.
LONGEST_EN, LONGEST_ZH = 3, 6


class Frequencies(NamedTuple):
    """How many documents there are, and how many have each token."""

    documents: int
    of: Mapping[str, int]


Count = Callable[[Stream, Collection[str]], Frequencies]


class Word(NamedTuple):
    """A word of a question: what was typed, its key in a lexicon, and what it counts for."""

    asked: str
    key: str
    weight: float


def to_english(runs: Sequence[str], lexicons: Sequence[Lexicon], count: Count) -> tuple[Choice, ...]:
    """Choices of English stems for runs of (simplified) Chinese."""
    words = list(_chinese(runs, lexicons))[:MAX_WORDS]
    found = {word.key: _merged(lexicon.english(word.key) for lexicon in lexicons) for word in words}
    stems = {stem for translations in found.values() for one in translations for stem in one.text.split(" ")}
    frequencies = count("en", stems)
    choices = []
    for word in words:
        ways = [(one, one.text.split(" ")) for one in found[word.key]]
        usual = [(one, tokens) for one, tokens in ways if all(map(frequencies.of.get, tokens))]
        rarity = _common_rarity(((tokens, one.weight) for one, tokens in usual), frequencies)
        choices.append(
            Choice(
                word.asked,
                tuple(
                    Alternative("en", tuple(tokens), word.weight * one.weight * rarity(tokens))
                    for one, tokens in usual
                ),
                part=word.weight < 1,
            )
        )
    return tuple(choice for choice in choices if choice.alternatives)


def to_chinese(stems: Sequence[tuple[str, str]], lexicons: Sequence[Lexicon], count: Count) -> tuple[Choice, ...]:
    """Choices of Chinese words for English, given as pairs of a stem and the word as typed."""
    words = list(_english(stems, lexicons))[:MAX_WORDS]
    found = {word.key: _merged(lexicon.chinese(word.key) for lexicon in lexicons) for word in words}
    parts = {one.text: chinese_words([one.text]) for translations in found.values() for one in translations}
    frequencies = count("zh", {*parts, *(part for inside in parts.values() for part in inside)})
    choices = []
    for word in words:
        usual = sorted(found[word.key], key=lambda one: not frequencies.of.get(one.text))[:MAX_TRANSLATIONS]
        rarity = _common_rarity((([one.text], one.weight) for one in usual), frequencies)
        ways: list[Alternative] = []
        for one in usual:
            weight = word.weight * one.weight * (SINGLE if len(one.text) == 1 else 1)
            inside = [part for part in parts[one.text] if frequencies.of.get(part)]
            if frequencies.of.get(one.text):
                ways.append(Alternative("zh", (one.text,), weight * rarity([one.text])))
            elif len(inside) > 1:
                ways.append(Alternative("zh", tuple(inside), weight))
            if len(one.text) > 1 and (pairs := bigrams(HAN_RUN.findall(one.text))):
                ways.append(Alternative("bi", tuple(pairs), weight * NEIGHBOURS, whole=True))
        choices.append(Choice(word.asked, tuple(ways), part=word.weight < 1))
    return tuple(choice for choice in choices if choice.alternatives)


def _chinese(runs: Sequence[str], lexicons: Sequence[Lexicon]) -> Iterator[Word]:
    """The words of the runs that a lexicon knows; of an unknown word the longest known pieces."""
    for run in runs:
        for word in rjieba.cut(run):
            if word in CHINESE_STOP_WORDS:
                continue
            if not _known(word, lexicons):
                yield from (Word(piece, piece, 1.0) for piece in _pieces(word, lexicons))
                continue
            yield Word(word, word, 1.0)
            if len(word) > 2:
                inside = (part for part in rjieba.cut_for_search(word) if 1 < len(part) < len(word))
                yield from (Word(part, part, PART_ZH) for part in inside if _known(part, lexicons))


def _known(word: str, lexicons: Sequence[Lexicon]) -> bool:
    return any(lexicon.english(word) for lexicon in lexicons)


def _pieces(word: str, lexicons: Sequence[Lexicon]) -> Iterator[str]:
    start = 0
    while start < len(word):
        lengths = range(min(LONGEST_ZH, len(word) - start), 0, -1)
        length = next((n for n in lengths if _known(word[start : start + n], lexicons)), 0)
        if length:
            yield word[start : start + length]
        start += length or 1


def _english(stems: Sequence[tuple[str, str]], lexicons: Sequence[Lexicon]) -> Iterator[Word]:
    """The longest runs of stems that a lexicon knows, and the stems inside them."""
    start = 0
    while start < len(stems):
        for length in range(min(LONGEST_EN, len(stems) - start), 0, -1):
            run = stems[start : start + length]
            key = " ".join(stem for stem, _ in run)
            if any(lexicon.chinese(key) for lexicon in lexicons):
                yield Word(" ".join(typed for _, typed in run), key, 1.0)
                if length > 1:
                    yield from (Word(typed, stem, PART_EN) for stem, typed in run)
                break
        start += length


def _merged(answers: Iterable[Sequence[Translation]]) -> list[Translation]:
    """The translations of several lexicons, each at its best weight, the best first."""
    best: dict[str, float] = {}
    for answer in answers:
        for one in answer[: 2 * MAX_TRANSLATIONS]:
            best[one.text] = max(one.weight, best.get(one.text, 0.0))
    return sorted((Translation(*one) for one in best.items()), key=lambda one: -one.weight)[: 2 * MAX_TRANSLATIONS]


def _common_rarity(
    ways: Iterable[tuple[Sequence[str], float]], frequencies: Frequencies
) -> Callable[[Sequence[str]], float]:
    """How much less each single token must count so that it is as rare as the usual one of `ways`."""
    single = [(frequencies.of.get(tokens[0], 0), weight) for tokens, weight in ways if len(tokens) == 1]
    usual = max((number * weight for number, weight in single), default=0.0)

    def rarity(tokens: Sequence[str]) -> float:
        if len(tokens) > 1:
            return 1.0
        return _idf(usual, frequencies.documents) / _idf(frequencies.of[tokens[0]], frequencies.documents)

    return rarity


def _idf(number: float, documents: int) -> float:
    """BM25's weight of a token that `number` of the documents have."""
    return math.log(1 + (max(documents - number, 0) + 0.5) / (number + 0.5))
