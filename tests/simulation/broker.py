"""A broker in memory: at least once, in the order of the queue, and nothing more than that."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import msgspec

from messaging import topology

from .steps import DONE, LOST_BEFORE, Stage


@dataclass
class Message:
    """What a queue holds."""

    body: bytes
    headers: dict[str, Any] = field(default_factory=dict)


@dataclass
class Delayed:
    """What waits on a rung of the ladder until `due`, to return to `queue`."""

    due: float
    queue: str
    message: Message


class Broker:
    """Queues by name, bound by (exchange, routing key). `arrivals` are the events in the order they came in."""

    def __init__(self, stage: Stage) -> None:
        self.now = 0.0
        self.queues: dict[str, list[Message]] = {}
        self.delayed: list[Delayed] = []
        self.arrivals: list[dict[str, Any]] = []
        #: The events that reached a queue of each service.
        self.heard_by: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self._bound: dict[tuple[str, str], list[str]] = defaultdict(list)
        self._stage = stage

    def declare(self, queue: str, exchange: str = "", key: str = "") -> None:
        """A queue, bound where a consumer asks for it."""
        if queue not in self.queues:
            self.queues[queue] = []
            self._bound[exchange, key].append(queue)

    def publish_events(self, entries: list[dict[str, Any]]) -> set[str]:
        """As `ConfirmedPublisher`: the ids that were confirmed and, where needed, heard. Each may go wrong."""
        confirmed = set()
        for entry in entries:
            outcome = self._stage.pause(f"publish {entry['key']} {entry['envelope']['seq']}")
            if outcome == LOST_BEFORE:
                continue
            heard = self._bound[entry["exchange"], entry["key"]]
            if not heard and entry["mandatory"]:
                continue  # returned: nobody has it
            self.arrivals.append(entry)
            for queue in heard:
                self.heard_by[queue.partition("--")[2].partition(".")[0]].append(entry)
                self.queues[queue].append(Message(msgspec.json.encode(entry["envelope"])))
            if outcome == DONE:
                confirmed.add(entry["id"])
        return confirmed

    def move(self, exchange: str, key: str, message: Message, delay_ms: int) -> bool:
        """Publish the copy of a failed message; whether it was confirmed."""
        outcome = self._stage.pause(f"move to {exchange or key}")
        if outcome == LOST_BEFORE:
            return False
        if exchange == "":
            self.declare(key)
            self.queues[key].append(message)
        else:
            assert exchange == topology.delay_name(delay_ms)
            self.delayed.append(Delayed(self.now + delay_ms / 1000, key, message))
        return outcome == DONE

    def wait(self, seconds: float) -> None:
        """Let time pass: what is due returns to its queue, the earliest first."""
        self.now += seconds
        due = sorted((one for one in self.delayed if one.due <= self.now), key=lambda one: one.due)
        self.delayed = [one for one in self.delayed if one.due > self.now]
        for one in due:
            self.queues[one.queue].append(one.message)
