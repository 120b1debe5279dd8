"""Gateways side by side, in turns: answers a second, medians, and their ratios. `make bench` runs it.

A round is one stretch of each side; even rounds go forward, odd ones backward, so that what else the machine
does falls on all. What must hold (issue 6): a cached read at least 100 times the classic gateway and 60 % of
nginx; a read through RPC at least 3 times; a registration at least 3 times.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import sys
import tempfile
import time
from pathlib import Path

from . import wrk
from .world import World, running

#: What is asked for, and by which sides it can be answered.
TASKS = {
    "cached read": ("classic nameko", "FastAPI", "nginx", "ours"),
    "read through RPC": ("classic nameko", "FastAPI", "ours, no cache"),
    # Ours answers when the disk has it. So does the classic service, once with and once without waiting for that.
    "registration": ("classic nameko", "classic, no flush", "FastAPI", "ours"),
}
#: Task, whose rate, over whose, at least.
MUST_HOLD = (
    ("cached read", "ours", "classic nameko", 100.0),
    ("cached read", "ours", "nginx", 0.6),
    ("read through RPC", "ours, no cache", "classic nameko", 3.0),
    ("registration", "ours", "classic nameko", 3.0),
)
_runs = itertools.count(int(time.time()))


def stretch(task: str, side: str, world: World, seconds: float, folder: Path) -> wrk.Seen:
    """One stretch of `task` against `side`."""
    base = world.bases[side]
    path = base[base.index("/", len("http://")) :] if base.count("/") > 2 else ""
    script = folder / "script.lua"
    if task == "cached read":
        return wrk.stretch(f"{base}/sub-venues", seconds)
    number = next(_runs)
    if task == "registration":
        script.write_text(wrk.REGISTER.format(run=number, path=f"{path}/attendees"))
    else:
        ids = ", ".join(f'"{id}"' for id in world.vacancies)
        script.write_text(wrk.MANY.format(ids=ids, start=number % len(world.vacancies), path=f"{path}/vacancies/"))
    return wrk.stretch(base, seconds, script)


def measure(
    world: World, tasks: list[str], rounds: int, seconds: float, folder: Path
) -> dict[str, dict[str, float]]:
    """Print every stretch, and answer the median rates."""
    rates: dict[str, dict[str, float]] = {}
    for task in tasks:
        sides = [side for side in TASKS[task] if side in world.bases]
        seen: dict[str, list[wrk.Seen]] = {side: [] for side in sides}
        for number in range(-1, rounds):  # the first is to warm up
            for side in sides if number % 2 == 0 else sides[::-1]:
                found = stretch(task, side, world, seconds if number >= 0 else 1, folder)
                if number >= 0:
                    seen[side].append(found)
        print(f"\n{task}, {wrk.CONNECTIONS} connections")
        print(f"  {'':16} {'per s':>9} {'p50 ms':>9} {'p99 ms':>9} failed   rounds")
        for side, each in seen.items():
            rate, p50, p99 = (
                statistics.median(getattr(one, name) for one in each) for name in ("rate", "p50", "p99")
            )
            failed, all_ = sum(one.failed for one in each), " ".join(f"{one.rate:.0f}" for one in each)
            print(f"  {side:16} {rate:9.0f} {p50:9.2f} {p99:9.2f} {failed:6}   {all_}", flush=True)
            rates.setdefault(task, {})[side] = rate
    return rates


def judge(rates: dict[str, dict[str, float]]) -> bool:
    """Print the ratios that must hold, and whether all do."""
    good = True
    print("\nratios")
    for task, one, other, least in MUST_HOLD:
        if one in rates.get(task, {}) and other in rates[task]:
            ratio = rates[task][one] / rates[task][other]
            good &= ratio >= least
            verdict = "ok" if ratio >= least else "NOT HELD"
            print(f"  {task}: {one} / {other} = {ratio:.2f} (at least {least:g}) {verdict}")
        elif task in rates:
            print(f"  {task}: {other} is not installed here, so {one} / {other} is not known")
    return good


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m loadtests.benchmarks.gateway", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--task", action="append", choices=list(TASKS))
    options = parser.parse_args()
    if not wrk.installed():
        print("The load is wrk's: apt-get install wrk", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as name, running(Path(name)) as world:
        print(f"load by wrk; the listing has {len(world.listing)} bytes; no nginx" * ("nginx" not in world.bases)
              or f"load by wrk; the listing has {len(world.listing)} bytes")  # fmt: skip
        rates = measure(world, options.task or list(TASKS), options.rounds, options.seconds, Path(name))
    return 0 if judge(rates) else 1


if __name__ == "__main__":
    sys.exit(main())
