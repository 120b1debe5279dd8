"""What must hold after every step, and what must hold when all has come to rest."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from messaging.ladder import attempts
from messaging.topology import RETRY_DELAYS_MS, parked_queue

if TYPE_CHECKING:
    from .world import World


def check_always(world: World) -> None:
    """Counts fit, openings are not given twice, and only what was written is told, in its order."""
    for kept in world.collections:
        for document in kept.documents.values():
            assert document["pending"] == len(document["outbox"]), f"{document['_id']} counts wrongly"
    for vacancy in world.vacancies.documents.values():
        state = vacancy["state"]
        assert len(state["holders"]) <= state["openings"], f"{vacancy['_id']} gave an opening twice"
    world.arrived.check(world)


class Arrived:
    """What came to the broker so far: only what was written before, and first times in their order."""

    def __init__(self) -> None:
        self.seen: set[str] = set()
        self._newest: dict[str, int] = {}
        self._checked = 0

    def check(self, world: World) -> None:
        """Check what came since the last time."""
        for entry in world.broker.arrivals[self._checked :]:
            id, aggregate, seq = entry["id"], entry["envelope"]["aggregate"], entry["envelope"]["seq"]
            assert any(id in kept.committed for kept in world.collections), f"a phantom: {id}"
            if id not in self.seen:
                newest = self._newest.get(aggregate, 0)
                assert newest <= seq, f"{aggregate}: {seq} was published after {newest}"
                self._newest[aggregate] = seq
                self.seen.add(id)
        self._checked = len(world.broker.arrivals)


def check_at_rest(world: World) -> None:
    """Nothing is lost, nothing is doubled, nothing is left over."""
    check_always(world)
    committed = {id: entry for kept in world.collections for id, entry in kept.committed.items()}
    lost = committed.keys() - world.arrived.seen
    assert not lost, f"lost: {sorted(lost)}"
    _check_versions(committed)
    _check_clients(world)
    _check_openings(world)
    _check_parked(world)
    _check_read_model(world)


def _check_versions(committed: dict[str, Any]) -> None:
    """Each version of an aggregate told each of its events once."""
    told = Counter((one["envelope"]["aggregate"], one["envelope"]["seq"], one["at"]) for one in committed.values())
    assert max(told.values(), default=1) == 1, f"written twice: {told.most_common(1)}"


def _check_parked(world: World) -> None:
    """Kept for people is all that nobody can read, as it came, and besides only what failed on every rung."""
    parked = [one for name in ("jobs", "search") for one in world.broker.queues.get(parked_queue(name), [])]
    assert {one.body for one in parked} >= set(world.garbage), "garbage was not kept as it came"
    for one in parked:
        assert one.body in world.garbage or attempts(one.headers) == len(RETRY_DELAYS_MS), (
            "parked without a reason"
        )


def _check_read_model(world: World) -> None:
    """It has the newest of what it heard, unless something that it should have heard is parked."""
    parked = world.broker.queues.get(parked_queue("search"), [])
    if any(one.body not in world.garbage for one in parked):
        return
    heard: dict[str, int] = {}
    for entry in world.broker.heard_by["search"]:
        aggregate, seq = entry["envelope"]["aggregate"], entry["envelope"]["seq"]
        heard[aggregate] = max(heard.get(aggregate, 0), seq)
    assert world.projection == heard, f"the read model has {world.projection} and heard {heard}"


def _check_clients(world: World) -> None:
    """What was acknowledged is there, under one id however often it was asked for."""
    stored = {id for kept in world.collections for id in kept.documents}
    for request in world.clients.sent:
        assert request.acknowledged <= stored, f"{request.name} was acknowledged and is lost"
        assert len(request.acknowledged) <= 1, f"{request.name} was done twice"


def _check_openings(world: World) -> None:
    """Whoever holds an opening has an application that is submitted, and the other way round."""
    for id, vacancy in world.vacancies.documents.items():
        applications = [one["state"] for one in world.applications.documents.values() if one["vacancy_id"] == id]
        submitted = {one["applicant_id"] for one in applications if one["status"] == "submitted"}
        holders = set(vacancy["state"]["holders"])
        assert holders == submitted, f"{id} is held by {sorted(holders)}, applied to by {sorted(submitted)}"
