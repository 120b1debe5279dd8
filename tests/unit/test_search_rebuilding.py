"""A rebuild step by step, over the oracle engine, owners that may fail, and a store in memory."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from messaging.contracts.errors import NotAllowed, NotFound, Unavailable
from messaging.contracts.search import GetRebuild, Rebuild, RebuildIndex
from messaging.contracts.types import Actor, Page
from services.search.engines.interface import Delete, Upsert
from services.search.engines.memory_engine import MemoryEngine
from services.search.rebuilding import asking, working
from services.search.rebuilding.owners import Walk
from services.search.rebuilding.working import Work
from tests.contract.search_corpus import a_document
from tests.contract.search_facts import PROJECT, SESSION, VACANCY

OPERATOR = Actor(id="op", roles=("operator",))


class FakeOwner:
    """Lists the things it has, `page` at a time; says `Unavailable` as often as `failures`."""

    def __init__(self, things: list[msgspec.Struct], page: int = 2) -> None:
        self.things, self.page, self.failures = things, page, 0

    def call(self, contract: Any, answer: type[Page]) -> Page:
        if self.failures:
            self.failures -= 1
            raise Unavailable("the owner does not answer")
        start = int(contract.cursor or 0)
        more = start + self.page < len(self.things)
        items = [msgspec.to_builtins(thing) for thing in self.things[start : start + self.page]]
        return answer(items=items, next=str(start + self.page) if more else None)


class FakeRebuilds:
    """The store of the one rebuild; `holder` is who works on it."""

    def __init__(self) -> None:
        self.rebuild: Rebuild | None = None
        self.holder = ""

    def latest(self) -> Rebuild | None:
        return self.rebuild

    def ask(self, rebuild: Rebuild) -> Rebuild:
        if self.rebuild is None or self.rebuild.state == "done":
            self.rebuild, self.holder = rebuild, ""
        return self.rebuild

    def claim(self, worker: str) -> Rebuild | None:
        if self.rebuild is None or self.rebuild.state == "done" or self.holder not in ("", worker):
            return None
        self.holder = worker
        return self.rebuild

    def keep(self, worker: str, rebuild: Rebuild) -> bool:
        if self.holder != worker:
            return False
        self.rebuild = rebuild
        return True


@pytest.fixture
def owners() -> dict[str, Any]:
    """Five projects, three vacancies, one session."""
    return {
        "registration": FakeOwner([msgspec.structs.replace(PROJECT, id=f"p{n}") for n in range(5)]),
        "jobs": FakeOwner([msgspec.structs.replace(VACANCY, id=f"v{n}") for n in range(3)]),
        "streaming": FakeOwner([SESSION]),
    }


def asked(rebuilds: FakeRebuilds, key: str = "k") -> Rebuild:
    """A rebuild that an operator asked for."""
    return asking.rebuild_index(RebuildIndex(command_id=key, actor=OPERATOR), rebuilds)  # type: ignore[arg-type]


def run(engine: MemoryEngine, owners: Any, rebuilds: Any, work: Work, steps: int = 20) -> None:
    """Work on it until it is done."""
    for _ in range(steps):
        working.step(work, engine, owners, rebuilds)
        if rebuilds.rebuild.state == "done":
            return
    raise AssertionError("it does not end")


def test_the_walk_comes_by_everything(owners: Any) -> None:
    """Page by page, owner by owner."""
    walk, seen = Walk(owners), []
    while not walk.ended:
        kind, documents = walk.step()
        seen += [(kind, document.id, document.version) for document in documents]
    assert len(seen) == 9
    assert seen[0] == ("project", "p0", 1)
    assert seen[-1] == ("session", "s1", 1)


def test_the_index_is_what_the_owners_have(owners: Any) -> None:
    """What nobody owns is gone, what was deleted stays deleted, and the progress is told."""
    engine, rebuilds = MemoryEngine(), FakeRebuilds()
    engine.bulk([Upsert(a_document("orphan")), Delete("p4", 7)])
    asked(rebuilds)
    run(engine, owners, rebuilds, Work())
    assert engine.count() == {"project": 4, "vacancy": 3, "session": 1}
    assert rebuilds.rebuild
    assert rebuilds.rebuild.found == {"project": 5, "vacancy": 3, "session": 1}
    assert rebuilds.rebuild.expected == 1
    assert rebuilds.rebuild.finished_at


def test_an_owner_that_is_away_delays_it(owners: Any) -> None:
    """The page that failed is asked for again, and nothing is left out."""
    engine, rebuilds, work = MemoryEngine(), FakeRebuilds(), Work()
    owners["jobs"].failures = 2
    asked(rebuilds)
    working.step(work, engine, owners, rebuilds)
    assert rebuilds.rebuild
    assert rebuilds.rebuild.delayed_by == "the owner does not answer"
    assert engine.count()["project"] == 0
    run(engine, owners, rebuilds, work)
    assert engine.count() == {"project": 5, "vacancy": 3, "session": 1}
    assert rebuilds.rebuild.delayed_by is None


def test_whoever_lost_it_lets_go(owners: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that was thought dead does not put its index in the place of another's."""
    engine, rebuilds, slow, quick = MemoryEngine(), FakeRebuilds(), Work(), Work()
    monkeypatch.setattr(working, "STEP_SECONDS", 0.0)
    asked(rebuilds)
    working.step(slow, engine, owners, rebuilds)
    rebuilds.holder = quick.worker
    working.step(slow, engine, owners, rebuilds)
    assert slow.fresh is None
    monkeypatch.undo()
    run(engine, owners, rebuilds, quick)
    assert engine.count()["vacancy"] == 3


def test_there_is_one_rebuild_at_a_time(owners: Any) -> None:
    """Who asks meanwhile gets the one under way; afterwards a new key begins another, an old key does not."""
    engine, rebuilds = MemoryEngine(), FakeRebuilds()
    first = asked(rebuilds, "one")
    assert asked(rebuilds, "two").id == first.id
    run(engine, owners, rebuilds, Work())
    assert asked(rebuilds, "one").state == "done"
    assert asked(rebuilds, "three").id != first.id


def test_rebuilds_are_for_operators() -> None:
    """Everybody else is refused, and before the first there is none."""
    attendee = Actor(id="a")
    for act in (
        lambda: asking.rebuild_index(RebuildIndex(actor=attendee), FakeRebuilds()),  # type: ignore[arg-type]
        lambda: asking.get_rebuild(GetRebuild(actor=attendee), FakeRebuilds()),  # type: ignore[arg-type]
        lambda: asking.get_rebuild(GetRebuild(), FakeRebuilds()),  # type: ignore[arg-type]
    ):
        with pytest.raises(NotAllowed):
            act()
    with pytest.raises(NotFound):
        asking.get_rebuild(GetRebuild(actor=OPERATOR), FakeRebuilds())  # type: ignore[arg-type]
