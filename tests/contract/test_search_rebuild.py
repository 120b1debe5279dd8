"""An index that is made anew while the one before serves, by every engine."""

from __future__ import annotations

from services.search.engines.interface import Delete, Engine, Upsert
from tests.contract.search_corpus import a_document, corpus, counts, filled, ids


def test_the_old_index_serves_until_the_new_one_does(engine: Engine) -> None:
    """What is written to the new index alone is not found before the move, and all of it after."""
    filled(engine)
    fresh = engine.rebuild()
    assert fresh.write([Upsert(document) for document in corpus()[:3]]) == 3
    fresh.write([Upsert(a_document("new", titles={"en": "brand new"}))])
    assert engine.count() == {"project": 4, "vacancy": 3, "session": 2}
    assert ids(engine, "brand") == []
    fresh.serve()
    assert engine.count() == {"project": 4, "vacancy": 0, "session": 0}
    assert ids(engine, "brand") == ["new"]
    assert counts(engine, "country", "", type="project") == {"CN": 2, "AU": 1}


def test_events_of_the_meantime_are_in_both(engine: Engine) -> None:
    """A newcomer and a change; an older version that the owner tells afterwards changes nothing."""
    filled(engine)
    fresh = engine.rebuild()
    engine.bulk([Upsert(a_document("late")), Upsert(a_document("p1", version=2, titles={"en": "changed"}))])
    assert ids(engine, "changed") == ["p1"]
    fresh.write(Upsert(document) for document in corpus())
    fresh.serve()
    assert ids(engine, "changed") == ["p1"]
    assert "late" in ids(engine)
    assert engine.bulk([Upsert(a_document("p1", version=2))]) == 0


def test_what_was_deleted_stays_deleted(engine: Engine) -> None:
    """Before the rebuild or during it, although the owner still tells of it, or an old event comes late."""
    filled(engine).bulk([Delete("p1", 5)])
    fresh = engine.rebuild()
    engine.bulk([Delete("p2", 5)])
    fresh.write(Upsert(document) for document in corpus())
    fresh.serve()
    assert engine.bulk([Upsert(a_document("p1", version=4)), Upsert(a_document("p2", version=4))]) == 0
    assert engine.count()["project"] == 2


def test_what_no_owner_tells_is_gone(engine: Engine) -> None:
    """A document that the index had, and nobody owns any more, is not in the new index."""
    filled(engine)
    fresh = engine.rebuild()
    fresh.write(Upsert(document) for document in corpus() if document.id != "p3")
    fresh.serve()
    assert "p3" not in ids(engine)


def test_an_abandoned_index_leaves_nothing(engine: Engine) -> None:
    """The old one goes on, and the next rebuild begins empty."""
    filled(engine)
    fresh = engine.rebuild()
    fresh.write([Upsert(a_document("left over"))])
    fresh.abandon()
    engine.bulk([Upsert(a_document("after"))])
    assert engine.count()["project"] == 5
    again = engine.rebuild()
    again.write([Upsert(a_document("only"))])
    again.serve()
    assert ids(engine) == ["only"]


def test_a_rebuild_may_follow_a_rebuild(engine: Engine) -> None:
    """The new index is written, read and rebuilt like the first."""
    for number in range(3):
        fresh = engine.rebuild()
        fresh.write([Upsert(a_document(f"d{number}"))])
        fresh.serve()
        engine.bulk([Upsert(a_document("more", version=number + 1))])
        assert set(ids(engine)) == {f"d{number}", "more"}


def test_a_second_beginning_ends_the_first(engine: Engine) -> None:
    """What was begun before leaves nothing in the index that serves in the end."""
    filled(engine)
    engine.rebuild().write([Upsert(a_document("first"))])
    second = engine.rebuild()
    second.write([Upsert(a_document("second"))])
    second.serve()
    assert ids(engine) == ["second"]


def test_documents_are_given_by_their_ids(engine: Engine) -> None:
    """Those that are not there, or are deleted, are left out."""
    filled(engine).bulk([Delete("p2", 9)])
    assert {document.id for document in engine.documents(["p1", "p2", "v2", "nobody"])} == {"p1", "v2"}
    assert engine.documents([]) == []
