"""What is suggested while somebody types, by every engine."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from messaging.contracts.search import Suggest
from services.search.engines.interface import Delete, Engine, Upsert
from services.search.engines.memory_engine import MemoryEngine
from services.search.suggest.completing import suggest
from tests.contract.search_corpus import a_document, filled


def texts(engine: Engine, q: str, **query: object) -> list[str]:
    """The suggested texts, best first."""
    return [one.text for one in suggest(Suggest(q=q, **query), engine).items]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("batt", ["Battery engineer"]),
        ("battery eng", ["Battery engineer"]),
        ("BATTERY-E", ["Battery engineer"]),
        ("engin", ["Battery engineer"]),
        ("b", ["Battery engineer", "Biomedical drug discovery platform", "闭幕"]),
        ("电", ["电池工程师", "新能源电池材料"]),
        ("電池", ["电池工程师", "新能源电池材料"]),
        ("dianchi", ["电池工程师", "新能源电池材料"]),
        ("dian chi gong", ["电池工程师"]),
        ("dcgcs", ["电池工程师"]),
        ("xny", ["新能源电池材料"]),
        ("yiliaoji", ["醫療機器人"]),
        ("surgical", ["Surgical robot"]),
        ("technician", []),
        ("xyzzy", []),
        ("", []),
        ("🎉", []),
        ("*", []),
        (".*", []),
        ("=b", ["Battery engineer", "Biomedical drug discovery platform", "闭幕"]),
    ],
)
def test_titles_go_on_from_what_is_typed(engine: Engine, typed: str, expected: list[str]) -> None:
    """By letters, characters, pinyin and its initials; titles that begin so precede titles with such a word."""
    assert texts(filled(engine), typed) == expected


def test_a_suggestion_says_what_it_is(engine: Engine) -> None:
    """Its document, its type, and the language it is in; `type` keeps one type."""
    (found,) = suggest(Suggest(q="dongjing"), filled(engine)).items
    assert (found.id, found.type, found.lang) == ("s1", "session", "zh")
    assert found.titles["en"] == "Pitches from the Tokyo Bay Area"
    assert texts(engine, "dianchi", type="project") == ["新能源电池材料"]


def test_every_text_once_and_no_more_than_asked_for(engine: Engine) -> None:
    """Twenty vacancies of one title are one suggestion."""
    engine.bulk(Upsert(a_document(f"a{n}", titles={"en": "Battery engineer"})) for n in range(20))
    engine.bulk(Upsert(a_document(f"b{n}", titles={"en": f"Battery tester {n}"})) for n in range(20))
    assert texts(engine, "batt", limit=3) == ["Battery engineer", "Battery tester 0", "Battery tester 1"]


def test_what_is_gone_is_not_suggested(engine: Engine) -> None:
    """A deleted document, and the title of an older version."""
    filled(engine).bulk([Delete("v1", 9), Upsert(a_document("p2", version=2, titles={"zh": "别的"}))])
    assert texts(engine, "dianchi") == []


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(typed=st.one_of(st.text(max_size=8), st.sampled_from("abdgjxy电机生 ~*.").flatmap(st.just)))
def test_whatever_is_typed_the_oracle_suggests_too(engine: Engine, typed: str) -> None:
    """And nothing fails."""
    if not engine.count()["project"]:
        filled(engine)
    assert texts(engine, typed) == texts(filled(MemoryEngine()), typed)
