"""Broadcasts to open streams through a whole gateway: from publishing an event on the bus to the last reader.

`python -m loadtests.benchmarks.push --streams 5000`. The broker and the gateway are those of `make up`; readers
run in other processes, ten thousand in each. What must hold (issue 6): the last of 5,000 within 60 ms, at most
4 KiB of the gateway's memory for each; 20,000 held by one process.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psutil

from deploy.local import trial
from messaging.contracts.streaming import Session, SessionChanged
from messaging.contracts.types import Bilingual
from messaging.on_asyncio import Bus

IN_ONE_PROCESS = 10_000
PAUSE = 0.4  # seconds between broadcasts
SESSION = Session(
    id="ses_1",
    sub_venue_id="ven_1",
    kind="pitch",
    title=Bilingual(en="A pitch from far away", zh="来自远方的路演"),
    starts_at="2026-12-19T01:00:00Z",
    ends_at="2026-12-19T02:00:00Z",
    time_zone="Asia/Shanghai",
    status="started",
    live=True,
    version=1,
)


@contextmanager
def readers(port: int, streams: int) -> Iterator[list[subprocess.Popen[str]]]:
    """Processes of readers, until the body ends."""
    command = [sys.executable, "-m", f"{__package__}.readers", str(port)]
    with ExitStack() as open_:
        running = []
        for start in range(0, streams, IN_ONE_PROCESS):
            count = str(min(IN_ONE_PROCESS, streams - start))
            process = subprocess.Popen([*command, count], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            open_.callback(process.kill)
            running.append(process)
        yield running


def line(process: subprocess.Popen[str]) -> dict[str, Any]:
    """The next thing that a process tells."""
    assert process.stdout is not None
    return json.loads(process.stdout.readline())


async def broadcast(bus: Bus, processes: list[subprocess.Popen[str]], number: int) -> tuple[float, float]:
    """Seconds from publishing to the first and to the last reader."""
    published = time.monotonic()
    await bus.publish(SessionChanged(session=SESSION), aggregate=SESSION.id, seq=number)
    told = await asyncio.gather(*(asyncio.to_thread(line, process) for process in processes))
    return min(one["first"] for one in told) - published, max(one["last"] for one in told) - published


async def measure(amqp_url: str, port: int, gateway: psutil.Process, streams: int, rounds: int) -> bool:
    """Print what was seen; answers whether what must hold for 5,000 did."""
    before = gateway.memory_info().rss
    with readers(port, streams) as processes:
        opened = [await asyncio.to_thread(line, process) for process in processes]
        took = max(one["seconds"] for one in opened)
        await asyncio.sleep(2)
        memory = (gateway.memory_info().rss - before) / streams
        seen = []
        async with Bus(amqp_url, name="bench") as bus:
            await broadcast(bus, processes, 1)  # to warm up
            used = sum(gateway.cpu_times()[:2])
            for number in range(rounds):
                await asyncio.sleep(PAUSE)
                seen.append(await broadcast(bus, processes, number + 2))
            used = (sum(gateway.cpu_times()[:2]) - used) / rounds
        assert processes[0].stdin is not None
        for process in processes:
            process.stdin.close()  # type: ignore[union-attr]
        lost = sum(line(process)["lost"] for process in processes)
    first, last = (sorted(1000 * one[n] for one in seen) for n in (0, 1))
    print(f"{streams} streams in one process, opened in {took:.1f} s, {lost} lost")
    print(f"  memory of the gateway: {memory / 1024:.2f} KiB each")
    print(f"  event to the first reader: p50 {statistics.median(first):.1f} ms")
    print(
        f"  event to the last reader:  p50 {statistics.median(last):.1f} ms, worst of {rounds} {last[-1]:.1f} ms"
    )
    print(f"  processor time of the gateway: {1000 * used:.0f} ms a broadcast", flush=True)
    return lost == 0 and memory <= 4096 and (streams > 5000 or statistics.median(last) <= 60)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m loadtests.benchmarks.push", description=__doc__)
    parser.add_argument("--streams", type=int, action="append")
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    most = hard - 200 if hard != resource.RLIM_INFINITY else 1_000_000
    good = True
    for wanted in options.streams or [5_000, 20_000]:
        streams = min(wanted, most)
        if streams < wanted:
            print(f"a process may open {hard} files here, so {streams} streams instead of {wanted}")
        with tempfile.TemporaryDirectory() as name, trial.running(Path(name), "names broker gateway") as stack:
            pid = stack.pid("gateway")
            assert pid is not None
            port, url = int(stack.env["SUBVENUE_PORT"]), stack.env["SUBVENUE_AMQP_URL"]
            good &= asyncio.run(measure(url, port, psutil.Process(pid), streams, options.rounds))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
