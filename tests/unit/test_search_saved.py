"""Saved searches: which documents they find, and that their owners hear of each once."""

from __future__ import annotations

from typing import Any

import pytest

from messaging.contracts.errors import Conflict, InvalidInput, NotAllowed
from messaging.contracts.search import (
    DocumentsIndexed,
    IndexedDocument,
    ListSavedSearches,
    Notice,
    NoticesDue,
    Range,
    SavedSearch,
    SaveSearch,
)
from messaging.contracts.types import Actor
from messaging.envelope import wrap
from services.search.analysis.lexicon.choices import Alternative, Choice
from services.search.analysis.reading import Reading
from services.search.engines.interface import Upsert
from services.search.engines.memory_engine import MemoryEngine
from services.search.saved import finding, saving
from services.search.saved.finding import Watch
from services.search.saved.percolator import Percolator
from tests.contract.search_corpus import a_document, corpus, filled

DOCUMENTS = {document.id: document for document in corpus()}
OWNER = Actor(id="att-1")


def a_search(q: str = "", id: str = "svs_1", **values: Any) -> SavedSearch:
    """A saved search from before everything."""
    values = {"created_at": "2025-01-01T00:00:00.000Z", "pace": "immediate", "owner_id": "att-1", **values}
    return SavedSearch(id=id, q=q, **values)


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        (a_search("battery engineer"), {"v1"}),
        (a_search("batteries"), {"v1"}),
        (a_search("电池材料"), {"p2"}),
        (a_search("電池"), {"p2", "v1"}),
        (a_search("machine learning plastic"), {"p3"}),
        (a_search("machine unheardof"), set()),
        (a_search('"machine learning"'), {"p1"}),
        (a_search("robot -surgical"), {"p3"}),
        (a_search("title:电池"), {"p2", "v1"}),
        (a_search("owner:harbour 电池"), {"v1"}),
        (a_search(type="session"), {"s1", "s2"}),
        (a_search(filters={"country": ("CN", "JP")}, type="project"), {"p1", "p2", "p4"}),
        (a_search("technician"), set()),
        (a_search("technician", filters={"status": ("closed",)}), {"v2"}),
        (a_search(ranges={"openings": Range(at_least=2)}), {"v1"}),
        (a_search("robot", lang="zh"), {"p4"}),
        (a_search("的"), set()),
        (a_search("*", type="project"), set()),
    ],
)
def test_a_saved_search_finds_what_has_all_of_its_words(search: SavedSearch, expected: set[str]) -> None:
    """With phrases, exclusions, fields, filters and ranges as a search has them; what is closed stays hidden."""
    percolator = Percolator([search], Reading)
    assert {id for id, document in DOCUMENTS.items() if percolator.find(document)} == expected


def test_what_says_it_in_the_other_language_is_found() -> None:
    """By a translation of each word; a document that has only some of them is not."""

    def reading(words: str) -> Reading:
        ways = {"solid": ("固态",), "battery": ("电池", "蓄电池")}
        choices = [Choice(one, tuple(Alternative("zh", (w,), 1.0) for w in ways[one])) for one in words.split()]
        return Reading(words, translations=tuple(choices))

    percolator = Percolator([a_search("solid battery")], reading)
    assert {id for id, document in DOCUMENTS.items() if percolator.find(document)} == {"p2", "v1"}
    assert percolator.find(a_document("other", titles={"zh": "固态硬盘"})) == []


def test_each_of_a_thousand_is_found_as_if_it_were_alone() -> None:
    """What waits under one token does not hide what waits under another."""
    searches = [a_search(f"battery n{n}", id=f"svs_{n}") for n in range(1_000)]
    percolator = Percolator(searches, Reading)
    found = percolator.find(a_document("d", titles={"en": "Battery n7 and n77"}))
    assert {saved.id for saved in found} == {"svs_7", "svs_77"}


class FakeStore:
    """Saved searches and notices in memory."""

    def __init__(self, *searches: SavedSearch) -> None:
        self.searches = {saved.id: saved for saved in searches}
        self.kept: dict[str, tuple[Notice, float]] = {}
        self.told: set[str] = set()

    def all(self) -> list[SavedSearch]:
        return list(self.searches.values())

    def of(self, owner_id: str) -> list[SavedSearch]:
        return [saved for saved in self.all() if saved.owner_id == owner_id]

    def stamp(self) -> int:
        return len(self.searches)

    def add(self, one: Any, fingerprint: str = "") -> Any:
        if isinstance(one, SavedSearch):
            return self.searches.setdefault(one.id, one)
        for notice, due in one:
            self.kept.setdefault(notice.id, (notice, due))
        return None

    def due(self) -> list[Notice]:
        now = finding.time.time()
        return [notice for notice, due in self.kept.values() if due <= now and notice.id not in self.told]

    def mark_told(self, notices: Any) -> None:
        self.told |= {notice.id for notice in notices}


def announced(*ids: str, version: int = 1) -> Any:
    """Documents that have become searchable."""
    event = DocumentsIndexed(documents=tuple(IndexedDocument(id, "project", version) for id in ids))
    return wrap(event, aggregate="index", seq=0)


def find(store: FakeStore, *ids: str, version: int = 1) -> list[str]:
    """The documents for which notices are kept, after these were announced."""
    store_: Any = store
    finding.find([announced(*ids, version=version)], Watch(), filled(MemoryEngine()), store_, store_)
    return sorted(notice.document_id for notice, _ in store.kept.values())


def test_a_document_is_noticed_once() -> None:
    """However often it is announced, and told once where nobody dies."""
    store, told = FakeStore(a_search("电池")), []
    store_: Any = store
    for _ in range(3):
        assert find(store, "p2", "p3", "v1") == ["p2", "v1"]
        finding.tell(store_, told.append)
    assert [len(event.notices) for event in told] == [2]
    assert isinstance(told[0], NoticesDue)
    assert told[0].owner_id == "att-1"


def test_a_death_between_keeping_and_telling_loses_nothing() -> None:
    """Whoever comes by next tells; the notice is the same."""
    store: Any = FakeStore(a_search("电池"))
    find(store, "p2")

    def die(event: Any) -> None:
        raise SystemExit

    with pytest.raises(SystemExit):
        finding.tell(store, die)
    told: list[Any] = []
    finding.tell(store, told.append)
    finding.tell(store, told.append)
    assert [notice.document_id for event in told for notice in event.notices] == ["p2"]


def test_an_old_document_that_changes_is_no_news() -> None:
    """One that came after the search was saved is, when a change makes it match."""
    assert find(FakeStore(a_search("电池", created_at="2026-01-20T00:00:00.000Z")), "p2", version=2) == []
    assert find(FakeStore(a_search("电池")), "p2", version=2) == ["p2"]


def test_a_digest_waits_for_the_end_of_the_day() -> None:
    """And an immediate one does not wait."""
    assert finding.due(a_search(pace="digest"), 86_400.0 * 7 + 5) == 86_400.0 * 8
    assert finding.due(a_search(), 12.0) == 12.0


def saved_by(store: FakeStore, **values: Any) -> SavedSearch:
    """A search that the owner saves."""
    store_: Any = store
    return saving.save_search(SaveSearch(**{"actor": OWNER, **values}), store_)


def test_what_is_saved_must_ask_something() -> None:
    """Words, a type, filters or ranges; too many parts or searches are refused."""
    store = FakeStore()
    for empty in ({}, {"q": " "}, {"filters": {"sector": ()}}, {"q": "-a " * 25}):
        with pytest.raises(InvalidInput):
            saved_by(store, **empty)
    with pytest.raises(NotAllowed):
        saved_by(store, q="x", actor=None)
    for number in range(saving.MOST):
        saved_by(store, q="battery", command_id=f"k{number}")
    saved_by(store, q="battery", command_id="k0")
    with pytest.raises(Conflict):
        saved_by(store, q="battery", command_id="one more")
    store_: Any = store
    assert len(saving.list_saved_searches(ListSavedSearches(actor=OWNER), store_).items) == saving.MOST
    assert saving.list_saved_searches(ListSavedSearches(actor=Actor(id="other")), store_).items == []


def test_engines_give_documents_by_id() -> None:
    """What is not there, or is gone, is left out."""
    engine = filled(MemoryEngine())
    engine.bulk([Upsert(a_document("x"))])
    assert {document.id for document in engine.documents(["p1", "x", "nobody"])} == {"p1", "x"}
