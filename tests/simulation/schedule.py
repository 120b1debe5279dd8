"""A schedule from a seed: the same seed is the same schedule, effect by effect."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

from .checks import check_always, check_at_rest
from .world import World

#: What happens next: how many numbers it is told, and its weight.
HAPPENINGS = {
    "step": (3, 60),
    "ask": (2, 12),
    "consume": (2, 12),
    "kill": (1, 3),
    "wait": (1, 4),
    "set_clock": (1, 1),
    "send_garbage": (2, 1),
}
WEIGHTS = [weight for _, weight in HAPPENINGS.values()]
#: Vacancies and attendees: the fewer, the more they get in each other's way.
CROWDS = ((1, 1), (1, 2), (1, 3), (2, 2))


class Broken(AssertionError):
    """A schedule that broke a promise: its seed, what is wrong, and all that happened."""

    def __init__(self, seed: int, world: World, error: BaseException) -> None:
        super().__init__(f"seed {seed}: {error!r}")
        self.seed = seed
        self.trace = world.stage.trace


def play(seed: int, **bugs: Any) -> World:
    """Play one schedule to its end. Raises `Broken`."""
    chance = random.Random(seed)
    world = World(*chance.choice(CROWDS), **bugs)
    names = chance.choices(list(HAPPENINGS), WEIGHTS, k=chance.randint(20, 120))
    with world.its_own_time():
        try:
            for name in names:
                getattr(world, name)(*(chance.randrange(1 << 20) for _ in range(HAPPENINGS[name][0])))
                check_always(world)
            world.drain()
            check_at_rest(world)
        except Exception as error:
            raise Broken(seed, world, error) from error
    return world


def tally(world: World) -> Counter[str]:
    """What a schedule came to, to see that schedules are not empty."""
    arrivals = world.broker.arrivals
    return Counter(
        {
            "effects": len(world.stage.trace),
            "kills": world.kills,
            "effects that went wrong": sum("lost" in line for line in world.stage.trace),
            "acknowledged commands": sum(len(request.acknowledged) for request in world.clients.sent),
            "events": len({entry["id"] for entry in arrivals}),
            "events published again": len(arrivals) - len({entry["id"] for entry in arrivals}),
            "applications": len(world.applications.documents),
            "retries on the ladder": sum("move to subvenue" in line for line in world.stage.trace),
            "parked": sum(len(found) for name, found in world.broker.queues.items() if name.endswith(".parked")),
        }
    )
