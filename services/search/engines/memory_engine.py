"""The oracle: a dictionary and loops, plain enough to be right. Tests hold the real engines against it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from typing import get_args

import msgspec

from messaging.contracts.search import DocumentType
from services.search.analysis.knowledge import Knowledge
from services.search.analysis.lexicon.choices import Alternative, Stream
from services.search.analysis.lexicon.translate import Frequencies
from services.search.documents import Document

from .interface import Operation, Upsert, latest, learn
from .plan import HIDDEN, Between, Found, Group, Match, Phrase, Plan, Position
from .schema import EXACT_TITLE, TRANSLATED, Record


class MemoryEngine:
    """An engine that forgets everything with its process."""

    def __init__(self) -> None:
        self._records: dict[str, Record] = {}
        self.knowledge = Knowledge()
        self._fresh: dict[str, Record] | None = None

    def ensure(self) -> None:
        """Nothing to open."""

    def close(self) -> None:
        """Nothing to let go of."""

    def health(self) -> str:
        """Always well."""
        return f"memory, {len(self._records)} records"

    def bulk(self, operations: Iterable[Operation]) -> int:
        """See `Engine.bulk`; durable as long as the process."""
        newest = latest(operations)
        if self._fresh is not None:
            _write(newest, self._fresh)
        changed = _write(newest, self._records)
        for operation in changed:
            if isinstance(operation, Upsert):
                learn(self.knowledge, operation.document)
        return len(changed)

    def rebuild(self) -> MemoryFresh:
        """See `Engine.rebuild`."""
        self._fresh = {id: record for id, record in self._records.items() if record.gone}
        return MemoryFresh(self, self._fresh)

    def frequencies(self, stream: Stream, tokens: Collection[str]) -> Frequencies:
        """See `Engine.frequencies`."""
        having = Counter(
            token for record in self._records.values() for token in set(_tokens(record, f"all_{stream}"))
        )
        return Frequencies(len(self._records), {token: having[token] for token in tokens})

    def documents(self, ids: list[str]) -> list[Document]:
        """See `Engine.documents`."""
        found = (self._records[id] for id in ids if id in self._records)
        return [msgspec.json.decode(record.source, type=Document) for record in found if not record.gone]

    def count(self) -> dict[str, int]:
        """See `Engine.count`."""
        counted = Counter(record.facets["type"][0] for record in self._records.values() if not record.gone)
        return {kind: counted[kind] for kind in get_args(DocumentType)}

    def suggest(self, key: str, types: tuple[str, ...], limit: int) -> list[Document]:
        """See `Engine.suggest`."""
        plan = Plan(filters={"type": types} if types else {}, hidden=HIDDEN)
        found = [
            msgspec.json.decode(record.source, type=Document)
            for record in self._records.values()
            if any(one.startswith(key) for one in record.suggest)
            and _matches(record, plan)
            and _passes(record, plan, but="")
        ]
        return found[:limit]

    def search(self, plan: Plan) -> Found:
        """See `Engine.search`. The score is a sum of weights; only its being zero or not is comparable."""
        matching = [record for record in self._records.values() if _matches(record, plan)]
        hits = [record for record in matching if _passes(record, plan, but="")]
        ordered = sorted(((_sort_key(record, plan), record) for record in hits), key=lambda pair: pair[0])
        if plan.order != "score" and plan.descending:
            ordered.reverse()
        page = [record for _, record in ordered if plan.after is None or _is_after(record, plan)]
        matches = [
            Match(
                msgspec.json.decode(record.source, type=Document),
                _score(record, plan),
                _position(record, plan),
            )
            for record in page[: plan.limit]
        ]
        facets = {
            facet: dict(
                Counter(
                    value
                    for record in matching
                    if _passes(record, plan, but=facet)
                    for value in record.facets.get(facet, ())
                )
            )
            for facet in plan.facets
        }
        return Found(matches, len(page) > plan.limit, len(hits), facets)


class MemoryFresh:
    """See `Fresh`."""

    def __init__(self, engine: MemoryEngine, records: dict[str, Record]) -> None:
        self._engine = engine
        self._records = records

    def write(self, operations: Iterable[Operation]) -> int:
        """See `Fresh.write`."""
        return len(_write(latest(operations), self._records))

    def serve(self) -> None:
        """See `Fresh.serve`."""
        self._engine._records, self._engine._fresh = self._records, None

    def abandon(self) -> None:
        """See `Fresh.abandon`."""
        self._engine._fresh = None


def _write(operations: list[Operation], records: dict[str, Record]) -> list[Operation]:
    """Keep those that are newer than what is there, and answer them."""
    changed = []
    for operation in operations:
        stored = records.get(operation.id)
        if stored is None or stored.version < operation.version:
            records[operation.id] = operation.record()
            changed.append(operation)
    return changed


def _matches(record: Record, plan: Plan) -> bool:
    """Whether the question finds the record, filters aside."""
    if record.gone or plan.nothing or (plan.language and plan.language not in record.languages):
        return False
    if any(_has_group(record, group) for group in plan.excluded):
        return False
    if not all(any(_has_group(record, group) for group in groups) for groups in plan.required):
        return False
    if not all(_is_between(record, wanted) for wanted in plan.ranges):
        return False
    if plan.phrases:
        return all(_has_phrase(record, phrase) for phrase in plan.phrases)
    return (
        plan.everything
        or plan.title in record.titles
        or any(_occurrences(record, term.field, term.token) for term in plan.terms)
        or any(_says(record, one) for choice in plan.synonyms for one in choice.alternatives)
        or any(
            _says(record, one) for choice in plan.translations if not choice.part for one in choice.alternatives
        )
    )


def _passes(record: Record, plan: Plan, but: str) -> bool:
    """Whether the record passes the filters on all facets `but` one."""
    wanted = all(
        set(record.facets.get(facet, ())) & set(values) for facet, values in plan.filters.items() if facet != but
    )
    return wanted and not any(
        set(record.facets.get(facet, ())) & set(values) for facet, values in plan.hidden.items() if facet != but
    )


def _occurrences(record: Record, field: str, token: str) -> int:
    return _tokens(record, field).count(token)


def _tokens(record: Record, field: str) -> list[str]:
    return record.tokens.get(field, "").split(" ")


def _says(record: Record, one: Alternative) -> bool:
    found = (token in _tokens(record, f"all_{one.stream}") for token in one.tokens)
    return all(found) if one.whole else any(found)


def _has_phrase(record: Record, phrase: Phrase) -> bool:
    return f" {' '.join(phrase.tokens)} " in f" {record.tokens.get(phrase.field, '')} "


def _has_group(record: Record, group: Group) -> bool:
    return all(_has_phrase(record, phrase) for phrase in group)


def _is_between(record: Record, wanted: Between) -> bool:
    number = record.numbers.get(wanted.field)
    if number is None:
        return False
    return (wanted.low is None or number >= wanted.low) and (wanted.high is None or number <= wanted.high)


def _score(record: Record, plan: Plan) -> float:
    if plan.order != "score":
        return 0.0
    exact = EXACT_TITLE if plan.title in record.titles else 0.0
    own = sum(term.weight * _occurrences(record, term.field, term.token) for term in plan.terms)
    other = sum(any(_says(record, one) for one in choice.alternatives) for choice in plan.translations)
    return exact + max(own, TRANSLATED * other)


def _sort_key(record: Record, plan: Plan) -> tuple[float, int] | str:
    return (-_score(record, plan), record.tie) if plan.order == "score" else record.keys[plan.order]


def _position(record: Record, plan: Plan) -> Position:
    if plan.order == "score":
        return Position(score=_score(record, plan), tie=record.tie)
    return Position(key=record.keys[plan.order])


def _is_after(record: Record, plan: Plan) -> bool:
    assert plan.after is not None
    if plan.order == "score":
        return (-_score(record, plan), record.tie) > (-plan.after.score, plan.after.tie)
    key = record.keys[plan.order]
    return key < plan.after.key if plan.descending else key > plan.after.key
