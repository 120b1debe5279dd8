"""What every engine makes of fields, ranges and groups; test_search_engines has the rest of the suite."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from messaging.contracts.errors import InvalidInput
from messaging.contracts.search import Range, Search
from services.search import queries
from services.search.engines.interface import Engine, Upsert
from services.search.engines.memory_engine import MemoryEngine
from tests.contract.search_corpus import a_document, counts, filled, ids, milliseconds


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("title:battery", {"v1"}),
        ("TITLE:batteries", {"v1"}),
        ("title:电池", {"p2", "v1"}),
        ("标题：電池", {"p2", "v1"}),
        ("title:“电池材料”", {"p2"}),
        ("title:固态", set()),
        ('title:"battery engineer"', {"v1"}),
        ('title:"engineer battery"', set()),
        ("title:learning waste", {"p3"}),
        ("title:learning plastic", {"p3"}),
        ("title:robot xyzzy", set()),
        ("robot -title:surgical", {"p3"}),
        ("title:电池 -title:材料", {"v1"}),
        ("owner:harbour", {"v1"}),
        ("owner:海港", {"v1"}),
        ("owner:org-71ab", {"v1"}),
        ("owner:att-9c0 电池", {"p2"}),
        ("owner:sydney", set()),
        ("title:的", set()),
        ("title:!!!", set()),
        ("title:", set()),
        ("colour:red", set()),
    ],
)
def test_a_field_must_hold_what_was_asked_of_it(engine: Engine, q: str, expected: set[str]) -> None:
    """A word or phrase after `title:` or `owner:` must stand there; other words still count."""
    assert set(ids(filled(engine), q)) == expected


def test_what_was_asked_of_a_field_is_marked(engine: Engine) -> None:
    """And the title is in the language that it was asked in."""
    hit = queries.search(Search(q="title:电池 owner:海港"), filled(engine)).hits[0]
    assert hit.title == "电池工程师"
    assert hit.highlights["title"] == ["<mark>电池</mark>工程师"]


def test_questions_of_fields_alone_come_newest_first(engine: Engine) -> None:
    """Nothing else tells them apart."""
    assert ids(filled(engine), "title:电池") == ["v1", "p2"]


def _between(low: str | None, high: str | None) -> dict[str, Any]:
    return {"ranges": {"time": Range(low and milliseconds(low), high and milliseconds(high))}}


def test_ranges_include_their_bounds(engine: Engine) -> None:
    """Of the time, the closing time and the openings; what has no such number is in no range of it."""
    filled(engine)
    from_to = _between("2026-01-03T00:00:00Z", "2026-01-04T00:00:00Z")
    assert set(ids(engine, **from_to)) == {"p1", "p3", "p4"}
    assert set(ids(engine, **_between("2026-12-18T00:00:00Z", None))) == {"s1", "s2"}
    assert set(ids(engine, "电池", **_between(None, "2026-01-31T00:00:00Z"))) == {"p2"}
    assert ids(engine, ranges={"openings": Range(at_least=3)}) == ["v1"]
    assert ids(engine, ranges={"openings": Range(at_least=4)}) == []
    closing = Range(at_most=milliseconds("2026-12-01T00:00:00Z"))
    assert ids(engine, ranges={"closes_at": closing}) == ["v1"]
    assert counts(engine, "type", **from_to) == {"project": 3}


def test_groups_hold_the_first_hits_of_each_type(engine: Engine) -> None:
    """Their totals add up to the total; filters hold in each; the counts are those of the whole."""
    filled(engine)
    answer = queries.search(Search(q="battery 电池 tokyo", group="type", limit=1), engine)
    assert {group.type: group.total for group in answer.groups} == {"project": 1, "vacancy": 1, "session": 1}
    assert all(len(group.hits) == 1 for group in answer.groups)
    assert (answer.hits, answer.next, answer.total) == ([], None, 3)
    only = queries.search(Search(group="type", filters={"country": ("JP",)}, facets=("country",)), engine)
    assert [(group.type, [hit.id for hit in group.hits]) for group in only.groups] == [("project", ["p4"])]
    assert {one.value for one in only.facets["country"]} == {"CN", "AU", "JP"}
    assert [group.type for group in queries.search(Search(group="type", type="session"), engine).groups] == [
        "session"
    ]


def test_groups_have_no_pages(engine: Engine) -> None:
    """A cursor is refused, for it belongs to one order of hits."""
    filled(engine)
    cursor = queries.search(Search(limit=1), engine).next
    with pytest.raises(InvalidInput) as refused:
        queries.search(Search(limit=1, group="type", cursor=cursor), engine)
    assert refused.value.field == "cursor"


HOSTILE = [
    "🎉🎊 👩‍👩‍👧",
    "\x00\x1b[31m\u202e\ufeff",
    '"',
    "“unbalanced 电池",
    '""""""',
    "*",
    "* *:* title:*",
    "(a+)+$ (.*a){25} [a-z]{1,99999}",
    "((((((" * 80,
    "title:" * 80,
    "-" * 500,
    '{"match_all": {}} OR 1=1; DROP TABLE',
    "title_en:x AND _id:* NOT /.*/ ~0.1 ^9 +a -b && ||",
    "𠮷野家 のり 한국어 العربية ไทย",
    "a" * 512,
    "药" * 512,
    "\ud800",
]


@pytest.mark.parametrize("q", HOSTILE)
def test_nothing_that_is_typed_breaks_a_search(engine: Engine, q: str) -> None:
    """An answer or a refusal that names the field; characters mean nothing to an engine."""
    filled(engine)
    with suppress(InvalidInput):
        queries.search(Search(q=q, facets=("type", "sector")), engine)


def test_parts_beyond_the_limit_are_refused(engine: Engine) -> None:
    """Twenty-four phrases, exclusions and fields are answered; one more is not."""
    filled(engine)
    parts = ['"a b"', "-c", "title:d", "-owner:e"]
    queries.search(Search(q=" ".join(parts * 6)), engine)
    with pytest.raises(InvalidInput) as refused:
        queries.search(Search(q=" ".join([*parts * 6, "-f"])), engine)
    assert refused.value.field == "q"


PIECES = st.sampled_from(
    ["电池", "battery", " ", '"', "“", "-", "title:", "owner:", "(", "*", "~", "\x00", "🎉", "的", "IT", ":", "\\"]
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(q=st.lists(PIECES, max_size=12).map("".join))
def test_any_question_finds_what_the_oracle_finds(engine: Engine, q: str) -> None:
    """Whatever its parts are, and however they are put together."""
    oracle = filled(MemoryEngine())
    if not engine.count()["project"]:
        filled(engine)
    search = Search(q=q, sort="oldest")
    try:
        expected = queries.search(search, oracle)
    except InvalidInput:
        return
    found = queries.search(search, engine)
    assert [hit.id for hit in found.hits] == [hit.id for hit in expected.hits]
    assert found.facets == expected.facets


def test_openings_without_a_limit_are_more_than_any(engine: Engine) -> None:
    """Unlimited is not zero."""
    engine.bulk([Upsert(a_document("v", type="vacancy", numbers={"openings": 1_000_000_000}))])
    assert ids(engine, ranges={"openings": Range(at_least=500)}) == ["v"]
