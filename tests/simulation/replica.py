"""One process of the jobs service: its workers, its relay, and the messages it holds, all gone when it is killed.

Handlers, repositories, relay, envelopes and ladder are the product's own. What is written here anew is the thin
part around them that is nameko's or eventlet's: start a worker, settle its message, wake the relay.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from pymongo.errors import PyMongoError

from messaging import topology
from messaging.contracts.errors import ServiceError
from messaging.contracts.jobs import ApplicationWithdrawn, OpeningTaken, VacancyPosted, VacancyUpdated
from messaging.contracts.types import Event, routing_key
from messaging.envelope import UnknownEvent, decode, unwrap
from messaging.ladder import Ladder, Move
from services.jobs import handlers, storage

from .broker import Message
from .steps import DONE, LOST_AFTER, LOST_BEFORE, Actor, Stage, Turn
from .store import Collection

if TYPE_CHECKING:
    from .world import World

#: service, handler, event of each queue that is consumed here.
CONSUMED: tuple[tuple[str, str, type[Event]], ...] = (
    ("jobs", "file_application", OpeningTaken),
    ("jobs", "release_opening", ApplicationWithdrawn),
    ("search", "index", VacancyPosted),
    ("search", "index", VacancyUpdated),
)
EVENTS = {topology.event_queue(event, service, name): (service, name, event) for service, name, event in CONSUMED}
BUSY_SWEEP_SECONDS = 10.0


class Vacancies(storage.Vacancies):
    """The repository, over a collection in memory."""

    collection: Any = None


class Applications(storage.Applications):
    """The repository, over a collection in memory."""

    collection: Any = None


class Replica:
    """A running process. `actors` are what goes on in it; `woken` is what its relay has been told of."""

    #: How a worker settles its message; a planted bug may do it earlier.
    acknowledges_first = False

    def __init__(self, world: World, number: int) -> None:
        self.world, self.number = world, number
        self.woken: list[tuple[Collection, list[Any]]] = []
        self.held: list[tuple[str, Message]] = []
        self.actors: list[Actor] = []
        self.vacancies, self.applications = Vacancies(self._wake), Applications(self._wake)
        for repository in (self.vacancies, self.applications):
            _take_turns(repository, world.stage)
        self.vacancies.collection, self.applications.collection = world.vacancies, world.applications
        self.relay = self._spawn("relay", self._relay_for_ever)

    def ask(self, name: str, handle: Callable[[Replica], Any], answer: Callable[[Any], None]) -> None:
        """Start a worker for a command; `answer` hears what became of it, unless the answer is lost."""

        def work() -> None:
            try:
                result = handle(self)
            except ServiceError as refusal:
                result = refusal
            if self.world.stage.pause("answer") == DONE:
                answer(result)

        self._spawn(name, work)

    def consume(self, queue: str) -> None:
        """Start a worker for the first message of a queue, and hold the message until it is settled."""
        message = self.world.broker.queues[queue].pop(0)
        self.held.append((queue, message))
        self._spawn(queue, partial(self._handle, queue, message))

    def die(self) -> None:
        """As by SIGKILL. The broker takes back what was held, in its old order."""
        for actor in self.actors:
            actor.die()
        for queue, message in reversed(self.held):
            self.world.broker.queues[queue].insert(0, message)

    def _spawn(self, name: str, work: Callable[[], None]) -> Actor:
        self.actors = [actor for actor in self.actors if not actor.ended]
        self.actors.append(Actor(self.world.stage, f"{self.number} {name}", work))
        return self.actors[-1]

    def _wake(self, collection: Any, written: list[Any]) -> None:
        self.woken.append((collection, written))

    def _relay_for_ever(self) -> None:
        """As `on_nameko.Stores`: what woke us first, and what was left behind from time to time."""
        swept = self.world.broker.now
        while True:
            self.world.stage.pause("look for events")
            woken, self.woken = self.woken, []
            try:
                for collection, written in woken:
                    self.world.relay.publish_written(collection, written, self.world.broker)
                if not woken or self.world.broker.now - swept > BUSY_SWEEP_SECONDS:
                    swept = self.world.broker.now
                    for collection in (self.world.vacancies, self.world.applications):
                        self.world.relay.sweep(collection, self.world.broker)
            except PyMongoError:
                continue

    def _handle(self, queue: str, message: Message) -> None:
        """As `on_nameko.EventHandler` and `Failures`."""
        service, name, kind = EVENTS[queue]
        ladder, move = Ladder(service), None
        if self.acknowledges_first:
            self._settle(queue, message)
        try:
            envelope = decode(message.body)
            event = unwrap(envelope, kind)
        except UnknownEvent as error:
            move = ladder.park(str(error), message.headers, queue)
        else:
            try:
                self._effect(name, envelope.seq, event)
            except Exception as error:
                move = ladder.after(error, message.headers, queue)
        if self.acknowledges_first:
            return
        if move is not None and not self._moved(move, message):
            self.world.stage.pause("give back")
            self._settle(queue, message, back=True)
        else:
            lost = self.world.stage.pause("acknowledge") == LOST_BEFORE  # with its connection
            self._settle(queue, message, back=lost)

    def _moved(self, move: Move, message: Message) -> bool:
        copy = Message(message.body, move.headers)
        return self.world.broker.move(move.exchange, move.key, copy, move.delay_ms)

    def _effect(self, name: str, seq: int, event: Any) -> None:
        outcome = self.world.stage.pause(f"handle {name}")
        if outcome == LOST_BEFORE:
            raise ValueError("the handler fails before it has done anything")
        if name == "index":
            self.world.project(event.vacancy.id, seq)
        elif name == "file_application":
            handlers.file_from_opening(event, self.vacancies, self.applications)
        else:
            handlers.release_opening(event, self.vacancies)
        if outcome == LOST_AFTER:
            raise ValueError("the handler fails after it has done everything")

    def _settle(self, queue: str, message: Message, back: bool = False) -> None:
        self.held.remove((queue, message))
        if back:
            self.world.broker.queues[queue].insert(0, message)


def _take_turns(repository: Any, stage: Stage) -> None:
    """Give what several greenlets do together a lock of this stage: a thread's would stop the whole of it."""
    for shared in vars(repository).values():
        if hasattr(shared, "_turn"):
            shared._turn = Turn(stage)


def bind(world: World, queue: str) -> None:
    """What a consumer does when it starts: declare its queue."""
    _, _, event = EVENTS[queue]
    world.broker.declare(queue, topology.events_exchange(event), routing_key(event))
