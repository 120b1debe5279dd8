"""``python -m loadtests.convention``: play a whole convention on a private stack, and account for it.

    [--minutes 8] [--seed 2020] [--scale 1.0]

Everything arrives as fast as it is taken in; the two days then last `--minutes`. Exit status 0 when every figure
is exact.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from deploy.local import trial
from deploy.local.stack import Stack
from deploy.seed.convention import DEFAULT_SEED, Convention
from deploy.seed.figures import PUBLISHED
from deploy.seed.progress import Progress, progress
from deploy.seed.timetable import ACTIVITIES
from loadtests.api import Api
from loadtests.tokens import operator_token
from messaging.on_asyncio import Bus

from . import account
from .arrivals import Arrived, arrive
from .clock import FastClock
from .crowd import APPLICATIONS, SEARCHES, VIEWS, Crowd, Done
from .programme import moments, play
from .watching import Watcher

#: Seconds until what is still missing in the index is called missing.
INDEX_PATIENCE = 60.0


def main() -> int:
    """Parse, play, account; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m loadtests.convention", description=__doc__)
    parser.add_argument("--minutes", type=float, default=8.0, help="how long the two days last")
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED)
    parser.add_argument("--scale", type=float, default=1.0, help="a share of the crowd, such as 0.05")
    words = parser.parse_args()
    console = Console(soft_wrap=True)
    convention = Convention(words.seed, PUBLISHED.scaled(words.scale))
    with tempfile.TemporaryDirectory(prefix="subvenue-") as folder, trial.running(Path(folder)) as stack:
        began = time.monotonic()
        exact = asyncio.run(convene(stack, convention, words.seed, words.minutes * 60, console))
        console.print(f"played in {time.monotonic() - began:.0f} s", highlight=False)
    return 0 if exact else 1


async def convene(stack: Stack, convention: Convention, seed: int, seconds: float, console: Console) -> bool:
    """Arrivals, the two days, the account. Answers whether every figure is exact."""
    operator, watcher = operator_token(stack), Watcher(stack.gateway_url)
    api = await Api.opened(stack.gateway_url)
    watching = asyncio.create_task(watcher.follow())
    try:
        async with Bus(stack.env["SUBVENUE_AMQP_URL"], name="convention") as bus:
            with progress(console, rows(convention)) as shown:
                arrived = await arrive(api, bus, convention, operator, shown)
                done = await two_days(api, arrived, operator, seed, seconds, shown)
        return await settle(api, arrived, convention, operator, done, watcher, console)
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
        await api.close()


def rows(convention: Convention) -> dict[str, int]:
    """What is shown while it is played, and how much there is of it."""
    figures = convention.figures
    return {
        "organisations": figures.organisations,
        "sub_venues": figures.sub_venues,
        "attendees": figures.attendees,
        "projects": figures.organisation_projects,
        "vacancies": figures.vacancies,
        "sessions": figures.sessions,
        "sessions held": figures.sessions,
        "searches": round(SEARCHES * figures.attendees),
        "views": round(VIEWS * figures.attendees),
        "applications": round(APPLICATIONS * figures.attendees),
    }


async def two_days(api: Api, arrived: Arrived, operator: str, seed: int, seconds: float, shown: Progress) -> Done:
    """The programme and the crowd, side by side."""
    projects = [*arrived.organisation_projects, *(id for person in arrived.people for id in person.projects)]
    crowd = Crowd(api, arrived.people, projects, arrived.vacancies, seed)
    clock = FastClock(moments(arrived.sessions), seconds)
    clock.start()
    async with asyncio.TaskGroup() as convention:
        convention.create_task(play(api, arrived.sessions, clock, operator, shown))
        convention.create_task(crowd.act(seconds, shown))
    return crowd.done


async def settle(
    api: Api,
    arrived: Arrived,
    convention: Convention,
    operator: str,
    done: Done,
    watcher: Watcher,
    console: Console,
) -> bool:
    """Wait for the index, read everything back, print the account and the times."""
    wanted = convention.figures.documents
    until = time.monotonic() + INDEX_PATIENCE
    while (found := await account.found(api)) and time.monotonic() < until:
        if all(found[figure] >= count for figure, count in wanted.items()):
            break
        await asyncio.sleep(0.5)
    there = await account.read_back(api, arrived, operator)
    activities = {one["id"] for one in arrived.sessions if one["kind"] in ACTIVITIES}
    seen = {id: times for id, times in watcher.ended.items() if id in activities}
    lines = account.lines(convention.figures, there, found, done, seen)
    console.print(account.table(lines))
    console.print(times(api))
    for failure, count in sorted(api.failures.items()):
        console.print(f"tried again after {failure}: {count}", highlight=False)
    console.print(f"{done.searches:,} searches, {done.empty_searches:,} of them without a result", highlight=False)
    return all(line.exact for line in lines)


def times(api: Api) -> Table:
    """How long answers took, in milliseconds, by what was asked."""
    drawn = Table(box=SIMPLE_HEAD)
    for column in ("request", "answers", "p50 ms", "p95 ms", "p99 ms"):
        drawn.add_column(column, justify="left" if column == "request" else "right")
    for what, seconds in sorted(api.seconds.items()):
        if len(seconds) > 1:
            cuts = statistics.quantiles(seconds, n=100)
            drawn.add_row(what, f"{len(seconds):,}", *(f"{cuts[at] * 1000:.0f}" for at in (49, 94, 98)))
    return drawn


if __name__ == "__main__":
    sys.exit(main())
