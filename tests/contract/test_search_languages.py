"""Questions in one language, documents in the other: the same of every engine."""

from __future__ import annotations

import pytest

from messaging.contracts.search import Hit, Search, Translated
from services.search import queries
from services.search.engines.interface import Engine, Upsert
from tests.contract.search_corpus import a_document, all_pages, filled, ids


def _hit(engine: Engine, q: str, id: str) -> Hit:
    return next(hit for hit in queries.search(Search(q=q), engine).hits if hit.id == id)


@pytest.mark.parametrize(("q", "id", "pair"), [
    ("垃圾 机器", "p3", Translated("机器", "machines")),
    ("垃圾 機器", "p3", Translated("机器", "machines")),
    ("batteries", "p2", Translated("batteries", "电池")),
])  # fmt: skip
def test_the_other_language_is_found_and_says_why(engine: Engine, q: str, id: str, pair: Translated) -> None:
    """A document without the words asked for is found by their translation; both are shown, and marked."""
    hit = _hit(filled(engine), q, id)
    assert pair in hit.matched
    assert any("<mark>" in fragment for fragments in hit.highlights.values() for fragment in fragments)


def test_what_has_the_words_themselves_needs_no_reason(engine: Engine) -> None:
    """A result in the question's own language is explained by its marks."""
    assert _hit(filled(engine), "machine", "p3").matched == ()


def test_the_conference_teaches_its_own_terms(engine: Engine) -> None:
    """Titles in both languages are a lexicon: a term that no dictionary has is found across."""
    pairs = [("炘焱平台", "Zorvex platform"), ("炘焱工坊", "Zorvex workshop")]
    known = [a_document(f"k{n}", titles={"zh": zh, "en": en}) for n, (zh, en) in enumerate(pairs)]
    engine.bulk(map(Upsert, [*known, a_document("only-en", titles={"en": "Pilots at Zorvex"})]))
    assert "only-en" in ids(engine, "炘焱")


def test_a_typing_error_is_corrected(engine: Engine) -> None:
    """With a word that the documents have; what they have is never changed."""
    assert set(ids(filled(engine), "enginer")) == set(ids(engine, "engineer")) != set()


def test_pages_of_both_languages_hold_every_document_once(engine: Engine, request: pytest.FixtureRequest) -> None:
    """Translations count the same on every page of a question."""
    if request.node.callspec.params["engine"] == "osmem":
        request.applymarker(pytest.mark.xfail(strict=True, reason="osmem-server cannot search after a score"))
    documents = [a_document(f"zh{n}", titles={"zh": f"电池 {'材料 ' * n}"}) for n in range(25)]
    documents += [a_document(f"en{n}", titles={"en": f"battery {'bench ' * n}"}) for n in range(25)]
    engine.bulk(map(Upsert, documents))
    found = all_pages(engine, q="电池", limit=7)
    assert sorted(found) == sorted(document.id for document in documents)
