"""Answers as callers get them, over the oracle engine."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.contracts.errors import InvalidInput, Unavailable
from messaging.contracts.search import DocumentsIndexed, IndexedDocument, Search
from messaging.contracts.streaming import NodeHeartbeat, SessionScheduled
from messaging.envelope import UnknownEvent, wrap
from services.search import handlers, queries
from services.search.engines.interface import Upsert
from services.search.engines.memory_engine import MemoryEngine
from tests.contract.search_corpus import a_document, filled
from tests.contract.search_facts import SESSION

SCHEDULED = SessionScheduled(session=SESSION)


def test_a_title_is_in_the_language_asked_for() -> None:
    """Or without one in the language of the question, or in the other where that is all that matched."""
    engine = filled(MemoryEngine())
    asked = queries.search(Search(q="robot", lang="zh"), engine).hits
    assert [hit.title for hit in asked] == ["醫療機器人"]
    assert queries.search(Search(q="药物"), engine).hits[0].title == "生物医药创新药物研发平台"
    assert queries.search(Search(q="drug"), engine).hits[0].title == "Biomedical drug discovery platform"
    assert queries.search(Search(q="新能源"), engine).hits[0].title == "新能源电池材料"


def test_highlights_are_escaped_and_in_the_language_of_the_title() -> None:
    """Fragments may go into a page as they are."""
    hit = queries.search(Search(q="plastic robots"), filled(MemoryEngine())).hits[0]
    assert hit.highlights["text"] == [
        "<mark>Robots</mark> learn on a machine in the café to sort "
        "&lt;b&gt;<mark>plastic</mark>&lt;/b&gt; &amp; glass."
    ]


def test_counts_are_ordered_by_frequency_then_value() -> None:
    """The order does not depend on the engine."""
    answer = queries.search(Search(facets=("country",)), filled(MemoryEngine()))
    assert [(one.value, one.count) for one in answer.facets["country"]] == [("CN", 3), ("AU", 2), ("JP", 1)]


def test_a_question_has_a_longest_length() -> None:
    """Beyond it the field is named; up to it anything is answered."""
    engine = filled(MemoryEngine())
    with pytest.raises(InvalidInput) as refused:
        queries.search(Search(q="药" * 10_000), engine)
    assert refused.value.field == "q"
    queries.search(Search(q="药" * 512), engine)


FORGED = [
    "x",
    "%%%",
    "中",
    base64.urlsafe_b64encode(b"null").decode(),
    base64.urlsafe_b64encode(b'["digest",["",1e999,0,0]]').decode(),
    base64.urlsafe_b64encode(b'["digest",["",0.0,0,0],"more"]').decode(),
    "A" * 1000,
]


@pytest.mark.parametrize("cursor", FORGED)
def test_a_forged_cursor_is_refused(cursor: str) -> None:
    """Whatever it is, the field is named."""
    with pytest.raises(InvalidInput) as refused:
        queries.search(Search(cursor=cursor), MemoryEngine())
    assert refused.value.field == "cursor"


@given(st.text(max_size=100))
def test_no_text_is_a_cursor_by_chance(cursor: str) -> None:
    """Refused, never another error."""
    if cursor:
        with pytest.raises(InvalidInput):
            queries.search(Search(cursor=cursor), MemoryEngine())


def test_what_is_indexed_is_announced() -> None:
    """One announcement for a batch, after it is searchable, also for what was searchable already."""
    engine, announced = MemoryEngine(), []
    envelope = wrap(SCHEDULED, aggregate="s1", seq=3)

    def announce(event: DocumentsIndexed) -> None:
        assert engine.count()["session"] == 1
        announced.append(event.documents)

    for _ in range(2):
        handlers.index([envelope], engine, announce)
    assert announced == [(IndexedDocument("s1", "session", 3),)] * 2


def test_a_batch_with_a_stranger_in_it_indexes_nothing() -> None:
    """The entry point then tries its events one by one."""
    engine = MemoryEngine()
    stranger = wrap(NodeHeartbeat(node="n", url="u", stages={}), aggregate="n", seq=1)
    with pytest.raises(UnknownEvent):
        handlers.index([wrap(SCHEDULED, aggregate="s1", seq=1), stranger], engine, lambda event: None)
    assert engine.count()["session"] == 0


def test_an_announcement_that_fails_fails_the_batch() -> None:
    """So that the events come again."""

    def refuse(event: DocumentsIndexed) -> None:
        raise Unavailable("the broker is away")

    with pytest.raises(Unavailable):
        handlers.index([wrap(SCHEDULED, aggregate="s1", seq=1)], MemoryEngine(), refuse)


def test_the_score_falls_along_a_page_by_relevance() -> None:
    """Best first."""
    engine = MemoryEngine()
    engine.bulk(Upsert(a_document(f"d{n}", titles={"en": "solar " * n})) for n in range(1, 6))
    scores = [hit.score for hit in queries.search(Search(q="solar panel"), engine).hits]
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == 5
