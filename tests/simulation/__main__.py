"""Plays schedules by their seeds, on all processors, and stops at the first that breaks a promise.

    make simulate                          100,000 schedules from seed 0
    make simulate SCHEDULES=1 SEED=4711    one of them again, with everything that happens in it

Then hypothesis tells stories of its own to the same world, from the same seed.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from .machine import machine
from .schedule import Broken, play, tally

CHUNK = 500
STORIES = 500


def play_some(first: int, count: int) -> tuple[Counter[str], str, list[str]]:
    """So many schedules from a seed on: what they came to, and what is wrong with the first broken one."""
    found: Counter[str] = Counter()
    for number in range(first, first + count):
        try:
            found += tally(play(number))
        except Broken as broken:
            return found, str(broken), broken.trace
        found["schedules"] += 1
    return found, "", []


def play_all(first: int, count: int) -> Iterator[tuple[Counter[str], str, list[str]]]:
    """All of them, in chunks, on as many processors as there are."""
    starts = range(first, first + count, CHUNK)
    sizes = [min(CHUNK, first + count - start) for start in starts]
    with ProcessPoolExecutor() as pool:
        yield from pool.map(play_some, starts, sizes)


def tell_stories(first: int) -> None:
    """Hypothesis' own; prints the shortest one that breaks a promise."""
    limits = settings(
        max_examples=STORIES, stateful_step_count=60, deadline=None, suppress_health_check=list(HealthCheck)
    )
    told = machine()
    run_state_machine_as_test(seed(first)(told), settings=limits)


def main() -> int:
    """The command line; 1 when a promise was broken."""
    parser = argparse.ArgumentParser(prog="make simulate")
    parser.add_argument("--schedules", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    began, total = time.monotonic(), Counter[str]()
    for found, wrong, trace in play_all(chosen.seed, chosen.schedules):
        total += found
        if wrong:
            print(*trace, wrong, sep="\n")
            return 1
    if chosen.schedules == 1:
        print(*play(chosen.seed).stage.trace, "", *(f"{name}: {count}" for name, count in total.items()), sep="\n")
        return 0
    for name, count in total.items():
        print(f"  {name:<26} {count:>12,}")
    missing = [name for name, count in total.items() if not count]
    if chosen.schedules >= CHUNK and (missing or len(total) < 10):
        print("These schedules prove nothing: something never happened in them.")
        return 1
    tell_stories(chosen.seed)
    print(
        f"\nNothing lost, nothing doubled, in order: {time.monotonic() - began:.0f} s, and {STORIES} stories more."
    )
    return 0


if __name__ == "__main__":
    if os.environ.get("PYTHONHASHSEED") != "0":  # the order of sets belongs to the schedule
        os.execve(
            sys.executable,
            [sys.executable, "-m", "tests.simulation", *sys.argv[1:]],
            {**os.environ, "PYTHONHASHSEED": "0"},
        )
    sys.exit(main())
