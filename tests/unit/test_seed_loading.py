"""Loading the convention over a bus whose services fail now and then, and the account at the end."""

from __future__ import annotations

import asyncio
import io
from random import Random

import pytest
from rich.console import Console

from deploy.seed import delivery, index, seeding
from deploy.seed.convention import Convention
from deploy.seed.delivery import BulkCommand, Incomplete, deliver, insist
from deploy.seed.figures import PUBLISHED
from deploy.seed.ledger import Line
from deploy.seed.rehearsal import Rehearsal
from deploy.seed.settings import NotRunning, Settings
from messaging.on_asyncio import BusUnavailable, RemoteError, RpcTimeout

SMALL = PUBLISHED.scaled(0.02)


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    """No test waits for real pauses."""
    monkeypatch.setattr(delivery, "PAUSES", (0.0,))
    monkeypatch.setattr(index, "PAUSE", 0.001)
    monkeypatch.setattr(index, "PATIENCE", 0.05)


class Unreliable(Rehearsal):
    """Services that are killed: before they act, or after, so that the answer is lost."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.rng = Random(seed)
        self.failures = 0

    async def call(self, service, method, kwargs, *, deadline):
        await asyncio.sleep(0)
        trouble = self.rng.random()
        if trouble < 0.25:
            self.failures += 1
            raise self.rng.choice([RpcTimeout("late"), BusUnavailable("lost"), RemoteError("Unavailable", "away")])
        answer = await super().call(service, method, kwargs, deadline=deadline)
        if trouble < 0.5:
            self.failures += 1
            raise RpcTimeout("the answer is lost")
        return answer


class Overlapping(Rehearsal):
    """Notes how many batches of attendees are under way at once, and answers the first one last."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = self.under_way = self.most = 0

    async def call(self, service, method, kwargs, *, deadline):
        self.calls += 1
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        for _ in range(50 if self.calls == 1 else 1):
            await asyncio.sleep(0)
        answer = await super().call(service, method, kwargs, deadline=deadline)
        self.under_way -= 1
        return answer


def run_seed(bus, figures=SMALL):
    """Seed over `bus`: whether the account is exact, and what was written."""
    console = Console(file=io.StringIO(), width=100)
    exact = asyncio.run(seeding.seed(bus, Convention(figures=figures), console))
    return exact, console.file.getvalue()


def test_everything_arrives():
    """Over services that work, the account is exact and says so."""
    bus = Rehearsal()
    exact, written = run_seed(bus)
    assert exact
    assert len(bus.stored["vacancies"]) == SMALL.vacancies
    assert "differs" not in written


@pytest.mark.parametrize("seed", range(5))
def test_services_that_fail_lose_and_double_nothing(seed):
    """Calls that fail before or after their effect are sent again, and the figures are exact."""
    bus = Unreliable(seed)
    exact, _ = run_seed(bus)
    assert bus.failures > 3
    assert exact
    assert len(bus.stored["attendees"]) == SMALL.attendees
    assert len(bus.stored["sessions"]) == SMALL.sessions


def test_loading_twice_creates_nothing():
    """The second load finds everything there already."""
    bus = Rehearsal()
    run_seed(bus)
    exact, written = run_seed(bus)
    assert exact
    assert "0 created" in written


def test_a_missing_document_is_told():
    """Where searches do not find everything in time, the account is not exact and names the figure."""

    class Forgetful(Rehearsal):
        async def call(self, service, method, kwargs, *, deadline):
            answer = await super().call(service, method, kwargs, deadline=deadline)
            if method == "count_documents":
                answer["vacancy"] = max(0, answer["vacancy"] - 1)
            return answer

    exact, written = run_seed(Forgetful())
    assert not exact
    assert "differs" in written


def test_documents_of_others_are_no_difference():
    """What somebody registered before the seed does not spoil the account; what appears from nowhere does."""
    assert Line("projects", 3_800, 3_800, searchable=3_801, others=1).right
    assert not Line("projects", 3_800, 3_800, searchable=3_801, others=0).right
    assert not Line("projects", 3_800, 3_799, searchable=3_800).right


def test_batches_are_bounded_and_ids_keep_their_order():
    """No more batches are under way than allowed, and ids keep the order of the items."""
    bus = Overlapping()
    command = BulkCommand("registration", "import_attendees", "attendees", batch=10, in_flight=3)
    items = [{"command_id": f"a{number:03d}"} for number in range(95)]
    imported = asyncio.run(deliver(bus, command, items, lambda batch, created: None))
    assert bus.most == 3
    assert imported.created == 95
    assert imported.ids == [item["command_id"] for item in items]


def test_a_refusal_is_not_repeated():
    """A service that refuses is asked once."""
    calls = []

    class Refusing:
        async def call(self, *args, **kwargs):
            calls.append(args)
            raise RemoteError("EmailTaken", "somebody has this address", "email")

    with pytest.raises(RemoteError):
        asyncio.run(insist(Refusing(), "registration", "import_attendees", {}))
    assert len(calls) == 1


def test_a_service_that_stays_away_is_given_up(monkeypatch):
    """After its patience the loader ends with what went wrong."""
    monkeypatch.setattr(delivery, "PATIENCE", 0.01)

    class Away:
        async def call(self, *args, **kwargs):
            raise BusUnavailable("nobody serves this")

    with pytest.raises(BusUnavailable):
        asyncio.run(insist(Away(), "jobs", "import_vacancies", {}))


def test_a_batch_that_is_answered_in_part_is_told():
    """An answer that accounts for fewer items than were sent is an error, not a success."""

    class Partial(Rehearsal):
        async def call(self, service, method, kwargs, *, deadline):
            return {"created": 1, "existing": 0, "ids": ["a"]}

    command = BulkCommand("registration", "import_attendees", "attendees", batch=2)
    items = [{"command_id": "a"}, {"command_id": "b"}]
    with pytest.raises(ExceptionGroup) as raised:
        asyncio.run(deliver(Partial(), command, items, lambda batch, created: None))
    assert raised.group_contains(Incomplete)


def test_the_broker_is_given_or_noted_by_the_local_run(tmp_path):
    """The environment wins, then the local run's notes; without both the loader says what to do."""
    with pytest.raises(NotRunning, match="make up"):
        Settings.read({"SUBVENUE_RUN_DIR": str(tmp_path)})
    (tmp_path / "run.env").write_text("SUBVENUE_AMQP_URL=amqp://noted/\n")
    noted = Settings.read({"SUBVENUE_RUN_DIR": str(tmp_path)})
    given = Settings.read({"SUBVENUE_RUN_DIR": str(tmp_path), "SUBVENUE_AMQP_URL": "amqp://given/"})
    assert noted.amqp_url == "amqp://noted/"
    assert given.amqp_url == "amqp://given/"
