"""The whole simulated world: two replicas of the jobs service, their clients, a store and a broker.

Everything that can happen is a method here, with numbers that say to whom. A schedule calls them in some order;
`drain` then lets everything come to rest without faults, and `checks` says whether anything was lost or doubled.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from messaging import envelope, outbox, relay, turns

from .broker import Broker, Message
from .checks import Arrived, check_always
from .clients import Clients
from .replica import EVENTS, Replica, bind
from .steps import DONE, LOST_AFTER, LOST_BEFORE, Actor, Stage
from .store import Collection

OUTCOMES = (DONE, DONE, DONE, DONE, LOST_BEFORE, LOST_AFTER)
QUEUES = tuple(EVENTS)
REPLICAS = 2
MOST_EFFECTS = 5
#: Longer than any rung of the ladder and than any pause of the relay.
A_WHILE = 70.0
GARBAGE = (b"", b"\xff\xfe", b"{}", b'{"id": 1', b'{"id":"x","type":"other.thing.v1","version":1}')


class World:
    """See above. `relay_code` and `replica` are the product's, unless a test plants a bug."""

    def __init__(
        self,
        vacancies: int = 2,
        attendees: int = 2,
        *,
        relay_code: Any = relay,
        replica: type[Replica] = Replica,
    ) -> None:
        self.stage = Stage()
        self.broker = Broker(self.stage)
        self.vacancies = Collection("vacancies", self.stage)
        self.applications = Collection("applications", self.stage)
        self.relay = relay_code
        self.clients = Clients(vacancies, attendees)
        self.projection: dict[str, int] = {}
        self.garbage: list[bytes] = []
        self.skew = 0.0
        self.kills = 0
        self.arrived = Arrived()
        self._replica = replica
        self._ids = 0
        self.replicas = [replica(self, number) for number in range(REPLICAS)]

    # -- what can happen ------------------------------------------------------------------------------

    def ask(self, replica: int, wish: int) -> None:
        """A client sends a command, or one again that it has sent before."""
        request = self.clients.request(wish)
        self.replicas[replica % REPLICAS].ask(request.name, request.handle, request.note)

    def step(self, actor: int, effects: int, outcome: int) -> None:
        """Somebody gets on, by a few effects while all others stand still; the last of them may go wrong."""
        actors = self.actors()
        chosen = actors[actor % len(actors)]
        for _ in range(effects % MOST_EFFECTS):
            if not chosen.ended:
                chosen.step()
        if not chosen.ended:
            chosen.step(OUTCOMES[outcome % len(OUTCOMES)])

    def consume(self, replica: int, queue: int) -> None:
        """A replica takes a message; before there is a queue, it declares it."""
        name = QUEUES[queue % len(QUEUES)]
        if self.broker.queues.get(name):
            self.replicas[replica % REPLICAS].consume(name)
        bind(self, name)

    def kill(self, replica: int) -> None:
        """SIGKILL; its supervisor starts it again."""
        number = replica % REPLICAS
        self.kills += 1
        self.stage.trace.append(f"{number} killed")
        self.replicas[number].die()
        self.replicas[number] = self._replica(self, number)

    def wait(self, seconds: int) -> None:
        """Time passes."""
        self.broker.wait(seconds % 80)

    def set_clock(self, hours: int) -> None:
        """Somebody sets the clock, an hour forwards or back."""
        self.skew = (hours % 3 - 1) * 3600.0

    def send_garbage(self, queue: int, body: int) -> None:
        """Somebody publishes what is no event."""
        name = QUEUES[queue % len(QUEUES)]
        bind(self, name)
        self.garbage.append(GARBAGE[body % len(GARBAGE)])
        self.broker.queues[name].append(Message(self.garbage[-1]))

    # -- and what follows -----------------------------------------------------------------------------

    def drain(self) -> None:
        """Everybody gets on, nothing fails any more, until nothing is left to do."""
        for queue in QUEUES:
            bind(self, queue)
        for _ in range(50):
            self._finish_workers()
            self.broker.wait(A_WHILE)
            for queue in QUEUES:
                while self.broker.queues[queue]:
                    self.replicas[0].consume(queue)
            self._finish_workers()
            if not self.unfinished():
                return
        raise AssertionError(f"it does not come to rest: {self.unfinished()}")

    def unfinished(self) -> list[Any]:
        """What is still pending, waiting or held."""
        pending = [one for kept in self.collections for one in kept.documents.values() if one["pending"]]
        waiting = [queue for queue in QUEUES if self.broker.queues.get(queue)]
        return [*pending, *waiting, *self.broker.delayed, *(held for one in self.replicas for held in one.held)]

    def project(self, vacancy: str, seq: int) -> None:
        """A read model's rule: what is not newer than what one has changes nothing."""
        if self.projection.get(vacancy, 0) < seq:
            self.projection[vacancy] = seq

    @property
    def collections(self) -> tuple[Collection, Collection]:
        """Both collections."""
        return self.vacancies, self.applications

    def actors(self) -> list[Actor]:
        """Everybody who has something to do."""
        return [actor for one in self.replicas for actor in one.actors if not actor.ended]

    def _finish_workers(self) -> None:
        relays = [one.relay for one in self.replicas]
        while workers := [actor for actor in self.actors() if actor not in relays]:
            for worker in workers:  # each in turn, for one may wait for another
                worker.step()
            check_always(self)
        for one in relays:
            for _ in range(3):  # what it is at; what it was woken for; and a sweep
                one.step()
                while one.next != "look for events":
                    one.step()
                    check_always(self)

    @contextmanager
    def its_own_time(self) -> Iterator[None]:
        """While it lasts, the product's code has this world's clock, and ids that are the same each time."""

        def numbered() -> SimpleNamespace:
            self._ids += 1
            return SimpleNamespace(hex=f"event-{self._ids:04d}")

        clock = SimpleNamespace(time=lambda: 1_700_000_000 + self.broker.now + self.skew)
        turn = SimpleNamespace(sleep=lambda _: self.stage.pause("wait for a turn"))
        replaced = [(outbox, "time", clock), (relay, "time", clock), (turns, "time", turn)]
        replaced.append((envelope, "uuid", SimpleNamespace(uuid4=numbered)))
        before = [(module, name, getattr(module, name)) for module, name, _ in replaced]
        for module, name, stand_in in replaced:
            setattr(module, name, stand_in)
        try:
            yield
        finally:
            for module, name, original in before:
                setattr(module, name, original)
