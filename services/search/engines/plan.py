"""A question as engines get it: tokens and weights, built by us and never parsed by them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import islice, pairwise
from typing import Literal, NamedTuple

import msgspec

from messaging.contracts.search import Search
from services.search.analysis.lexicon.choices import Choice
from services.search.analysis.question import InField, Question
from services.search.analysis.reading import Reading
from services.search.analysis.sort_keys import folded
from services.search.analysis.tokens import HAN_RUN, asked_stems, bigrams, chinese_words, english, tokenise
from services.search.documents import Document

from .schema import WEIGHTS

#: Distinct tokens of one stream that a question may bring; more would only cost time.
MAX_TOKENS = 128
#: Neighbours in a question whose nearness in a document is looked for; each costs a walk over positions.
MAX_NEIGHBOURS = 16
#: Statuses that are left out unless asked for: nobody looks for a vacancy that is closed.
HIDDEN: dict[str, tuple[str, ...]] = {"status": ("closed",)}

Order = Literal["score", "by_time", "by_title_zh", "by_title_en"]


class Term(NamedTuple):
    """One token in one field."""

    field: str
    token: str
    weight: float


class Phrase(NamedTuple):
    """Tokens that follow one another in one field."""

    field: str
    tokens: tuple[str, ...]


#: Phrases that match together.
Group = tuple[Phrase, ...]


class Between(NamedTuple):
    """A number within bounds, both included; None is no bound."""

    field: str
    low: int | None
    high: int | None


class Position(msgspec.Struct, frozen=True, array_like=True):
    """A place in an order of results: the sort key, or score and tie and how many came before; `scale` is
    what translations counted for on the first page (see `Plan`), so that they count the same on the next."""

    key: str = ""
    score: float = 0.0
    tie: int = 0
    seen: int = 0
    scale: float = 0.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What to find.

    A document matches when all of `phrases` do, or without any `everything` or one of `terms` or its whole
    `title`; each of `required` has a group of phrases that match together, and none of the groups in `excluded`
    does; its numbers are in `ranges`; and it has a title in `language` if one is given. `filters` (any value of a
    facet, all facets) and `hidden` (none of the values) then narrow the hits; the counts of a facet ignore what is
    said here of that facet.

    `near` (words that are neighbours in the question) and `synonyms` add to the score of what matches. Without
    phrases a document also matches by one of `translations`, which say the question in the other language: its
    score is then the better of the two, that of the translations times `scale`. A scale of 0 is not known yet.
    """

    everything: bool = True
    terms: tuple[Term, ...] = ()
    near: tuple[Phrase, ...] = ()
    synonyms: tuple[Choice, ...] = ()
    translations: tuple[Choice, ...] = ()
    scale: float = 0.0
    phrases: tuple[Phrase, ...] = ()
    required: tuple[tuple[Group, ...], ...] = ()
    excluded: tuple[Group, ...] = ()
    ranges: tuple[Between, ...] = ()
    title: str = ""
    language: str | None = None
    filters: dict[str, tuple[str, ...]] = field(default_factory=dict)
    hidden: dict[str, tuple[str, ...]] = field(default_factory=dict)
    facets: tuple[str, ...] = ()
    order: Order = "by_time"
    descending: bool = True
    limit: int = 20
    after: Position | None = None

    @property
    def nothing(self) -> bool:
        """The question has characters, but none to search for: no document can match."""
        found = self.everything or self.terms or self.phrases or self.title
        return not (found and all(self.required))


class Match(NamedTuple):
    """A document that was found, its score, and the position just after it."""

    document: Document
    score: float
    position: Position


class Found(NamedTuple):
    """One page: its matches, whether more follow, how many there are in all, and the counts of facets."""

    matches: list[Match]
    more: bool
    total: int
    facets: dict[str, dict[str, int]]


def hidden(filters: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """What is left out unless `filters` ask for it."""
    return {name: values for name, values in HIDDEN.items() if name not in filters}


def plan_of(search: Search, question: Question, after: Position | None, reading: Reading | None = None) -> Plan:
    """The plan of `search`, whose text was understood as `question` and read as `reading`, from `after` on."""
    reading = reading or Reading(question.words)
    stems = [stem for stem, _ in asked_stems(HAN_RUN.sub(" ", reading.words))]
    filters: dict[str, tuple[str, ...]] = {
        name: tuple(values) for name, values in search.filters.items() if values
    }
    if search.type:
        wanted = filters.get("type", (search.type,))
        filters["type"] = (search.type,) if search.type in wanted else ()
    order, descending = _order(search, question)
    return Plan(
        everything=question.asks_nothing,
        terms=_terms(reading.words, stems),
        near=_near(stems),
        synonyms=reading.synonyms,
        translations=() if question.phrases else reading.translations,
        scale=after.scale if after else 0.0,
        phrases=tuple(part for phrase in question.phrases for part in _phrases(phrase)),
        required=tuple(_alternatives(part) for part in question.within),
        excluded=_excluded(question),
        ranges=tuple(Between(name, wanted.at_least, wanted.at_most) for name, wanted in search.ranges.items()),
        title=folded(question.words),
        language=search.lang,
        filters=filters,
        hidden=hidden(filters),
        facets=tuple(dict.fromkeys(search.facets)),
        order=order,
        descending=descending,
        limit=search.limit,
        after=after,
    )


def _order(search: Search, question: Question) -> tuple[Order, bool]:
    if search.sort == "title":
        return ("by_title_zh" if search.lang == "zh" else "by_title_en"), False
    if search.sort == "relevance" and not question.asks_nothing:
        return "score", True
    return "by_time", search.sort != "oldest"


def _terms(words: str, stems: list[str]) -> tuple[Term, ...]:
    """The tokens of `words` in every field of their stream, weighted by how often they were said; of its English
    the `stems`."""
    tokens_of = {**tokenise(words)._asdict(), "en": stems}
    return tuple(
        Term(name, token, WEIGHTS[name] * count)
        for stream, tokens in tokens_of.items()
        for token, count in Counter(tokens[: 4 * MAX_TOKENS]).most_common(MAX_TOKENS)
        for name in (f"all_{stream}", f"title_{stream}")
    )


def _near(stems: list[str]) -> tuple[Phrase, ...]:
    """Each two neighbours of a question. Chinese has its bigrams for that."""
    pairs = dict.fromkeys(pair for pair in pairwise(stems[: 2 * MAX_NEIGHBOURS]) if pair[0] != pair[1])
    return tuple(Phrase("all_en", pair) for pair in islice(pairs, MAX_NEIGHBOURS))


def _alternatives(part: InField) -> tuple[Group, ...]:
    """The one group that finds what was asked of a field; none, so that nothing is found, if it has no words."""
    group = _phrases(part.text, part.field)
    return (group,) if group else ()


def _excluded(question: Question) -> tuple[Group, ...]:
    anywhere = map(_phrases, question.excluded)
    in_fields = (_phrases(part.text, part.field) for part in question.outside)
    return tuple(filter(None, (*anywhere, *in_fields)))


def _phrases(text: str, place: str = "all") -> Group:
    """`text` as phrases that must match together in the fields of `place`: its English, and each run of Chinese
    letter by letter."""
    latin = english().analyze(HAN_RUN.sub(" ", text))
    phrases = [Phrase(f"{place}_en", tuple(latin))] if latin else []
    for run in HAN_RUN.findall(text):
        if len(run) > 1:
            phrases.append(Phrase(f"{place}_bi", tuple(bigrams([run]))))
        elif chinese_words([run]):
            phrases.append(Phrase(f"{place}_zh", (run,)))
    return tuple(phrases)
