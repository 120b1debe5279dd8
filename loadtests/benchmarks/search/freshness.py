"""How long a fact takes from its owner to every listener of "it is searchable now", through a real broker.

    python -m loadtests.benchmarks.search.freshness [--events 200]

Starts a broker and the search service on free ports, publishes one event at a time and waits for its
announcement; then asks as many questions over RPC. Milliseconds of the clock.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from deploy.local import trial
from messaging.contracts.registration import Project, ProjectSubmitted
from messaging.contracts.search import DocumentsIndexed
from messaging.contracts.types import Bilingual
from messaging.envelope import Envelope, now_rfc3339
from messaging.on_asyncio import Bus


def main() -> None:
    """Measure, and print two lines."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=200)
    events = parser.parse_args().events
    with (
        tempfile.TemporaryDirectory() as directory,
        trial.running(Path(directory), "names broker search") as stack,
    ):
        asyncio.run(_measure(stack.env["SUBVENUE_AMQP_URL"], events))


async def _measure(amqp_url: str, events: int) -> None:
    async with Bus(amqp_url, "freshness") as bus:
        arrived = asyncio.Event()

        async def note(_envelope: Envelope, _event: DocumentsIndexed) -> None:
            arrived.set()

        async def publish(number: int) -> None:
            arrived.clear()
            project = _project(number)
            await bus.publish(ProjectSubmitted(project=project), aggregate=project.id, seq=1)
            await asyncio.wait_for(arrived.wait(), 10)

        async def ask(_number: int) -> None:
            await bus.call("search", "search", {"q": "battery 电池", "facets": ["sector", "country", "stage"]})

        async with bus.listening({DocumentsIndexed: note}):
            await _report("event published to announced as searchable", publish, events)
        await _report("question over RPC, 20 hits, 3 facets, highlights", ask, events)


async def _report(name: str, step: Callable[[int], Awaitable[None]], times: int) -> None:
    taken = []
    for number in range(times):
        began = time.perf_counter()
        await step(number)
        taken.append((time.perf_counter() - began) * 1000)
    print(f"{name:52} median {statistics.median(taken):.1f}, p95 {sorted(taken)[int(times * 0.95)]:.1f}")


def _project(number: int) -> Project:
    return Project(
        id=f"project-{number}",
        title=Bilingual(zh=f"固态电池第{number}号", en=f"Solid state battery {number}"),
        abstract=Bilingual(
            zh="面向新能源汽车的固态电池正极材料。", en="Cathode materials of solid state batteries."
        ),
        sector="energy",
        country="AU",
        mode="online",
        owner_id="attendee-1",
        submitted_at=now_rfc3339(),
        version=1,
    )


if __name__ == "__main__":
    main()
