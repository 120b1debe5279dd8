"""From the question of a person to a page of results, over any engine."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

from messaging.contracts.errors import InvalidInput
from messaging.contracts.search import DocumentType, FacetValue, Group, Hit, Results, Search, Translated

from . import cursors
from .analysis.highlight import Highlighter
from .analysis.question import MAX_CLAUSES, MAX_LENGTH, Question, understand
from .analysis.reading import Reading, read
from .analysis.tokens import HAN_RUN
from .documents import Document
from .engines.interface import Engine
from .engines.plan import Match, Plan, plan_of

#: Values of one facet in an answer, the most frequent first.
MAX_FACET_VALUES = 100
#: Words of a question that a result in the other language is explained by.
MAX_REASONS = 4


def search(query: Search, engine: Engine) -> Results:
    """Answer `query`. Raises `InvalidInput` naming the field, and `Unavailable` from the engine."""
    question = understood(query.q)
    after = cursors.decode(query.cursor, query) if query.cursor else None
    if query.group and after:
        raise InvalidInput("groups have no pages; ask for one type to see more of it", "cursor")
    reading = read(question.words, engine.knowledge, engine.frequencies)
    plan = plan_of(query, question, after, reading)
    found = engine.search(replace(plan, limit=1) if query.group else plan)
    marks = Marks(question, reading)
    return Results(
        hits=[] if query.group else [_hit(match, query, marks) for match in found.matches],
        facets={name: _most_frequent(counts) for name, counts in found.facets.items()},
        total=found.total,
        next=cursors.encode(found.matches[-1].position, query) if found.more and not query.group else None,
        groups=_groups(plan, query, marks, engine) if query.group else [],
    )


def understood(text: str) -> Question:
    """The question in `text`. Raises `InvalidInput` when it is longer, or has more parts, than it may."""
    if len(text) > MAX_LENGTH:
        raise InvalidInput(f"a question has at most {MAX_LENGTH} characters", "q")
    question = understand(text)
    if question.clauses > MAX_CLAUSES:
        raise InvalidInput(f"a question has at most {MAX_CLAUSES} phrases, exclusions and fields", "q")
    return question


def _groups(plan: Plan, query: Search, marks: Marks, engine: Engine) -> list[Group]:
    """The hits of each type that the filters leave, the type of the best hit first."""
    groups: list[tuple[float, Group]] = []
    for kind in plan.filters.get("type", get_args(DocumentType)):
        found = engine.search(replace(plan, filters={**plan.filters, "type": (kind,)}, facets=()))
        if found.matches:
            hits = [_hit(match, query, marks) for match in found.matches]
            groups.append((-found.matches[0].score, Group(type=kind, hits=hits, total=found.total)))
    return [group for _, group in sorted(groups, key=lambda pair: pair[0])]


class Marks:
    """What is marked in a result: the words of the question, or where it has none of them their translations."""

    def __init__(self, question: Question, reading: Reading) -> None:
        self.question = question
        self.own = Highlighter(replace(question, words=reading.words))
        self.translated = Highlighter.of_translations(reading.translations)

    def language_of(self, document: Document) -> str:
        """The language that the question matched `document` in: its own, or the other if only that has marks."""
        own, other = ("zh", "en") if HAN_RUN.search(self.question.shown) else ("en", "zh")
        if own in document.titles and (not self.question.shown or _finds(self.own, document, own)):
            return own
        found = other in document.titles and any(
            _finds(highlighter, document, other) for highlighter in (self.own, self.translated)
        )
        return other if found else own


def _hit(match: Match, query: Search, marks: Marks) -> Hit:
    document = match.document
    language = query.lang or marks.language_of(document)
    title, text = document.title(language), _text(document, language)
    highlighter = marks.own
    matched: list[tuple[str, str]] = []
    if not (highlighter.finds(title) or highlighter.finds(text)):
        highlighter = marks.translated
        matched = highlighter.pairs(title, text)[:MAX_REASONS]
    highlights = {
        "title": [marked] if (marked := highlighter.whole(title)) else [],
        "text": highlighter.fragments(text),
    }
    return Hit(
        id=document.id,
        type=document.type,
        score=match.score,
        title=title,
        titles=document.titles,
        highlights={name: fragments for name, fragments in highlights.items() if fragments},
        fields=document.fields,
        matched=tuple(Translated(*pair) for pair in matched),
    )


def _finds(highlighter: Highlighter, document: Document, language: str) -> bool:
    texts = (document.titles, document.texts)
    return any(highlighter.finds(text.get(language, "")) for text in texts)


def _text(document: Document, language: str) -> str:
    return document.texts.get(language) or next(iter(document.texts.values()), "")


def _most_frequent(counts: dict[str, int]) -> list[FacetValue]:
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return [FacetValue(value, count) for value, count in ordered[:MAX_FACET_VALUES]]
