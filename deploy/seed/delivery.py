"""Bulk commands, sent a batch at a time, a few in flight, and again until they are answered.

Sending again is safe: every item carries a `command_id`, and the service answers what it has already. So a
service, a store or the broker may die in the middle and come back: nothing is missing, nothing is there twice.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol

from messaging.on_asyncio import BusUnavailable, RemoteError, RpcTimeout

#: Whoever sends is an operator.
ACTOR = {"id": "seed", "roles": ["operator"]}
#: Seconds a service may take for one batch; a crashed one leaves its batch unanswered as long.
DEADLINE = 30.0
#: Seconds between attempts; the last repeats.
PAUSES = (0.2, 0.5, 1.0, 2.0)
#: Seconds after which a batch that nobody takes is given up.
PATIENCE = 180.0


class Bus(Protocol):
    """What is needed of `messaging.on_asyncio.Bus`."""

    async def call(self, service: str, method: str, kwargs: dict[str, Any], *, deadline: float) -> Any:
        """The answer of a service's method."""


class Incomplete(Exception):
    """A service answered for fewer items than it was sent."""


@dataclass(frozen=True)
class BulkCommand:
    """A bulk command of a service; `items` is the field that holds the batch."""

    service: str
    method: str
    items: str
    batch: int
    in_flight: int = 1


@dataclass
class Imported:
    """What became of all batches of one bulk command; `ids` in the order of the items."""

    created: int
    existing: int
    ids: list[str]
    seconds: float


#: Hears of a batch and how many of it were new.
OnBatch = Callable[[Sequence[dict[str, Any]], int], None]


async def deliver(bus: Bus, command: BulkCommand, items: Iterable[dict[str, Any]], on_batch: OnBatch) -> Imported:
    """Send all items, generated as they are sent; `on_batch` hears of each batch that is answered for.

    Raises an ExceptionGroup of `RemoteError` (refused), `Incomplete`, or what the last attempt raised.
    """
    began = time.monotonic()
    batches = enumerate(batched(items, command.batch))
    answers: dict[int, Any] = {}

    async def take_batches() -> None:
        for number, batch in batches:  # shared by all takers: each batch goes to one of them
            answer = await insist(bus, command.service, command.method, {command.items: batch, "actor": ACTOR})
            if answer["created"] + answer["existing"] != len(batch):
                raise Incomplete(f"{command.method}: {len(batch)} sent, but {answer['created']} created")
            answers[number] = answer
            on_batch(batch, answer["created"])

    async with asyncio.TaskGroup() as takers:
        for _ in range(command.in_flight):
            takers.create_task(take_batches())
    return Imported(
        created=sum(answer["created"] for answer in answers.values()),
        existing=sum(answer["existing"] for answer in answers.values()),
        ids=[id for number in sorted(answers) for id in answers[number]["ids"]],
        seconds=time.monotonic() - began,
    )


async def insist(bus: Bus, service: str, method: str, kwargs: dict[str, Any]) -> Any:
    """Call until answered. A refusal is raised at once, absence when there is no more patience."""
    give_up = time.monotonic() + PATIENCE
    attempt = 0
    while True:
        try:
            return await bus.call(service, method, kwargs, deadline=DEADLINE)
        except (RpcTimeout, BusUnavailable, RemoteError) as error:
            refused = isinstance(error, RemoteError) and error.exc_type != "Unavailable"
            if refused or time.monotonic() >= give_up:
                raise
        await asyncio.sleep(PAUSES[min(attempt, len(PAUSES) - 1)])
        attempt += 1


def batched(items: Iterable[dict[str, Any]], size: int) -> Iterator[list[dict[str, Any]]]:
    """`items` in lists of `size`, the last one shorter."""
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch
