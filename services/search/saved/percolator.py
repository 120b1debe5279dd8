"""Which saved searches find a document: a search the other way round.

It works on the tokens that every engine is given, so it is the same whatever the engine is, and asks no engine.
Each saved search waits under one token that it cannot do without, the one that fewest others want, or under all
the ways to say it in the other language; a document's tokens are looked up, and only the searches that wait there
are checked. A saved search is stricter than a search: **all** of its words must be there, in one language, for
nobody wants to be told of everything that says "platform".
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import rjieba

from messaging.contracts.search import SavedSearch, Search
from services.search.analysis.lexicon.choices import Alternative, Choice
from services.search.analysis.question import Question, understand
from services.search.analysis.reading import Reading
from services.search.analysis.tokens import CHINESE_STOP_WORDS, HAN_RUN, asked_stems
from services.search.documents import Document
from services.search.engines.plan import Between, Group, Plan, plan_of
from services.search.engines.schema import tokens_of

#: A field and a token in it.
Key = tuple[str, str]
#: Under this wait searches that have neither words nor filters: those of ranges alone.
ANY: Key = ("", "")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A saved search, ready to be checked: `words` must all be there, or one way of each of `translations`."""

    saved: SavedSearch
    plan: Plan
    words: tuple[Key, ...]
    translations: tuple[Choice, ...]

    def may_wait_under(self) -> list[set[Key]]:
        """Sets of keys. Of each set, a document that this finds has at least one; so one set will do."""
        if self.words and self.translations:  # found in either language
            said = {(f"all_{one.stream}", one.tokens[0]) for one in self.translations[0].alternatives}
            sets = [{word} | said for word in self.words]
        else:
            sets = [{word} for word in self.words]
        fields = (phrase for groups in self.plan.required for group in groups for phrase in group)
        sets += [{(phrase.field, phrase.tokens[0])} for phrase in (*self.plan.phrases, *fields)]
        return (
            sets or [{(name, value) for value in values} for name, values in self.plan.filters.items()] or [{ANY}]
        )


class Percolator:
    """The saved searches of everybody, by the tokens that they wait for."""

    def __init__(self, searches: Iterable[SavedSearch], reading: Callable[[str], Reading]) -> None:
        self._by_key: dict[Key, list[Waiting]] = defaultdict(list)
        waiting = [prepared(saved, reading) for saved in searches]
        self.size = len(waiting)
        wanted = Counter(key for one in waiting for keys in one.may_wait_under() for key in keys)
        for one in waiting:
            for key in min(one.may_wait_under(), key=lambda keys: sum(wanted[key] for key in keys)):
                self._by_key[key].append(one)

    def find(self, document: Document) -> list[SavedSearch]:
        """The saved searches that find `document`."""
        if not self.size:
            return []
        text = Text(document)
        waiting = {one.saved.id: one for key in text.offers() for one in self._by_key.get(key, ())}
        return [one.saved for one in waiting.values() if _finds(one, document, text)]


class Text:
    """The tokens of a document, in order for phrases and as sets for everything else."""

    def __init__(self, document: Document) -> None:
        self.fields = tokens_of(document)
        self.sets = {name: frozenset(tokens.split(" ")) for name, tokens in self.fields.items()}
        self.facets: dict[str, frozenset[str]] = {"type": frozenset({str(document.type)})}
        self.facets |= {name: frozenset(values) for name, values in document.facets.items()}

    def offers(self) -> Iterator[Key]:
        """What saved searches may wait for."""
        yield ANY
        for name, values in (*self.sets.items(), *self.facets.items()):
            yield from ((name, value) for value in values)

    def has(self, field: str, token: str) -> bool:
        """Whether a token stands in a field."""
        return token in self.sets.get(field, ())

    def has_group(self, group: Group) -> bool:
        """Whether all phrases of a group do."""
        return all(f" {' '.join(one.tokens)} " in f" {self.fields.get(one.field, '')} " for one in group)

    def says(self, one: Alternative) -> bool:
        """Whether all of its tokens do."""
        return all(self.has(f"all_{one.stream}", token) for token in one.tokens)


def prepared(saved: SavedSearch, reading: Callable[[str], Reading]) -> Waiting:
    """A saved search with its words, and what they are called in the other language."""
    question = understand(saved.q)
    search = Search(q=saved.q, type=saved.type, lang=saved.lang, filters=saved.filters, ranges=saved.ranges)
    plan = plan_of(search, question, None)
    return Waiting(saved, plan, _words(question), () if question.phrases else reading(question.words).translations)


def _words(question: Question) -> tuple[Key, ...]:
    """The words of a question, each once, as they are written in documents of its own language."""
    stems = [stem for stem, _ in asked_stems(HAN_RUN.sub(" ", question.words))]
    chinese: list[Key] = []
    for run in HAN_RUN.findall(question.words):
        chinese += [("all_zh", word) for word in rjieba.cut(run) if word not in CHINESE_STOP_WORDS]
    return tuple(dict.fromkeys([*(("all_en", stem) for stem in stems), *chinese]))


def _finds(one: Waiting, document: Document, text: Text) -> bool:
    plan = one.plan
    if not (plan.everything or plan.phrases or one.words):
        return False  # its question has characters, but none to search for
    if plan.nothing or (plan.language and plan.language not in document.titles):
        return False
    return (
        _says(one, text)
        and _passes(plan, document, text)
        and text.has_group(plan.phrases)
        and all(any(map(text.has_group, groups)) for groups in plan.required)
        and not any(map(text.has_group, plan.excluded))
    )


def _says(one: Waiting, text: Text) -> bool:
    """All words in their own language, or all that can be translated in the other."""
    if all(text.has(*key) for key in one.words):
        return True
    return bool(one.translations) and all(any(map(text.says, choice.alternatives)) for choice in one.translations)


def _passes(plan: Plan, document: Document, text: Text) -> bool:
    nothing: frozenset[str] = frozenset()
    return (
        not any(text.facets.get(name, nothing).isdisjoint(values) for name, values in plan.filters.items())
        and all(text.facets.get(name, nothing).isdisjoint(values) for name, values in plan.hidden.items())
        and all(_is_between(document.numbers.get(wanted.field), wanted) for wanted in plan.ranges)
    )


def _is_between(number: int | None, wanted: Between) -> bool:
    if number is None:
        return False
    return (wanted.low is None or number >= wanted.low) and (wanted.high is None or number <= wanted.high)
