"""Measures both services in turns, over one broker, and prints the rates and their ratio.

The client is asyncio, in this process. A round is one stretch of each service, plain first in even rounds and
second in odd ones, so that what else the machine does falls on both. Beside the rate by the clock stands the rate
by the service's own processor time, which a busy machine blurs less.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import aiormq
import psutil
from pamqp.commands import Basic

from deploy.local import trial
from messaging.contracts.types import Event
from messaging.envelope import encode, wrap
from messaging.on_asyncio import Bus, UnknownService

SIDES = ("plain", "ours")
IN_FLIGHT = 64
BATCH = 200
TELLERS = 4
INCOMING = 2000
#: More than a service holds unacknowledged.
PREFETCHED = 200


class Chimed(Event, frozen=True, kw_only=True, tag="oursbench.chimed.v1"):
    """The event that comes in; both sides read it alike."""

    bell: str


async def calls(bus: Bus, service: str, seconds: float) -> float:
    """Calls answered in a second, with `IN_FLIGHT` under way."""
    return await rate(
        IN_FLIGHT, seconds, lambda: bus.call(service, "ring", {"bell": "big", "times": 2}, deadline=30)
    )


async def events(bus: Bus, service: str, seconds: float) -> float:
    """Events confirmed in a second, `TELLERS` workers publishing at once."""

    async def tell() -> None:
        answer = await bus.call(service, "tell", {"count": BATCH}, deadline=60)
        assert answer["times"] == BATCH, "an event was not confirmed"

    return BATCH * await rate(TELLERS, seconds, tell)


async def events_in(bus: Bus, service: str, process: psutil.Process, amqp_url: str) -> float:
    """Events handled in a second, of `INCOMING` that wait when the service goes on."""
    before = await heard(bus, service)
    process.suspend()
    async with aiormq.connect(amqp_url) as connection:
        channel = await connection.channel(publisher_confirms=False)
        properties = Basic.Properties(
            content_type="application/json", content_encoding="utf-8", delivery_mode=2, headers={}
        )
        body = encode(wrap(Chimed(bell="big"), aggregate="b", seq=1))
        for _ in range(INCOMING):
            await channel.basic_publish(
                body, exchange=f"{service}.events", routing_key="chimed", properties=properties
            )
        waiting = f"evt-{service}-chimed--{service}.hear"
        while (await channel.queue_declare(waiting, passive=True)).message_count < INCOMING - PREFETCHED:
            await asyncio.sleep(0.05)
        process.resume()
        began = time.monotonic()
        while await heard(bus, service) < before + INCOMING:
            await asyncio.sleep(0.02)
    return INCOMING / (time.monotonic() - began)


async def heard(bus: Bus, service: str) -> int:
    """How many events the service has handled so far."""
    answer = await bus.call(service, "heard", {}, deadline=60)
    return int(answer["times"])


async def rate(workers: int, seconds: float, once: Callable[[], Awaitable[object]]) -> float:
    """How often `workers` do it in a second; what began in time counts, and so does the time it takes."""
    began = time.monotonic()
    done = 0

    async def work() -> None:
        nonlocal done
        while time.monotonic() - began < seconds:
            await once()
            done += 1

    await asyncio.gather(*(work() for _ in range(workers)))
    return done / (time.monotonic() - began)


async def measure(amqp_url: str, services: dict[str, psutil.Process], rounds: int, seconds: float) -> None:
    """Print each round and the medians."""
    await bind_queues(amqp_url)
    async with Bus(amqp_url, name="bench") as bus, Bus(amqp_url, name="gateway", in_rows=("oursbench",)) as rows:
        for side in SIDES:
            await until_served(bus, f"{side}bench")
        for title, via, stretch in (
            ("RPC", bus, calls),
            ("RPC as the gateway calls, in rows", rows, calls),
            ("events out", bus, events),
            ("events in", bus, None),
        ):
            by_clock: dict[str, list[float]] = {side: [] for side in SIDES}
            by_processor: dict[str, list[float]] = {side: [] for side in SIDES}
            for number in range(-1, rounds):  # the first round is to warm up
                for side in SIDES if number % 2 == 0 else SIDES[::-1]:
                    before, began = processor_seconds(services[side]), time.monotonic()
                    if stretch is None:
                        found = await events_in(via, f"{side}bench", services[side], amqp_url)
                    else:
                        found = await stretch(via, f"{side}bench", seconds if number >= 0 else 1)
                    used = processor_seconds(services[side]) - before
                    if number >= 0:
                        by_clock[side].append(found)
                        done = INCOMING if stretch is None else found * (time.monotonic() - began)
                        by_processor[side].append(done / used)
            report(f"{title}, per second", by_clock)
            report(f"{title}, per processor second of the service", by_processor)


def processor_seconds(process: psutil.Process) -> float:
    """What a process has used of the processor so far."""
    times = process.cpu_times()
    return float(times.user + times.system)


def report(title: str, found: dict[str, list[float]]) -> None:
    """One row of the table: medians, their ratio, and the ratios of the rounds."""
    plain, ours = (statistics.median(found[side]) for side in SIDES)
    ratios = [ours / plain for plain, ours in zip(found["plain"], found["ours"], strict=True)]
    spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
    print(f"| {title} | {plain:,.0f} | {ours:,.0f} | {ours / plain:.2f} | {spread} |", flush=True)


async def bind_queues(amqp_url: str) -> None:
    """A durable queue for the events of each side; it keeps the last thousand."""
    connection = await aiormq.connect(amqp_url)
    channel = await connection.channel()
    for side in SIDES:
        await channel.exchange_declare(f"{side}bench.events", exchange_type="topic", durable=True)
        await channel.queue_declare(f"{side}-events", durable=True, arguments={"x-max-length": 1000})
        await channel.queue_bind(f"{side}-events", f"{side}bench.events", routing_key="rang")
    await connection.close()


async def until_served(bus: Bus, service: str) -> None:
    """Return when the service answers."""
    for _ in range(300):
        try:
            await bus.call(service, "ring", {"bell": "big"})
        except UnknownService:
            await asyncio.sleep(0.1)
        else:
            return
    raise SystemExit(f"{service} does not come up")


@contextmanager
def a_broker() -> Iterator[str]:
    """The broker given by SUBVENUE_TEST_AMQP_URL, or one of our own."""
    if given := os.environ.get("SUBVENUE_TEST_AMQP_URL"):
        yield given
        return
    with tempfile.TemporaryDirectory() as folder, trial.running(Path(folder), trial.BROKER) as stack:
        yield stack.env["SUBVENUE_AMQP_URL"]


def main() -> None:
    """Start everything, measure, stop everything."""
    parser = argparse.ArgumentParser(prog="python -m loadtests.benchmarks.messaging")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4)
    chosen = parser.parse_args()
    print(f"load of the machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n")
    print("| | plain nameko | ours | ratio | ratio by round |\n|---|---|---|---|---|", flush=True)
    services: dict[str, psutil.Process] = {}
    with a_broker() as url, ExitStack() as running:
        for side in SIDES:
            command = [sys.executable, "-m", "loadtests.benchmarks.messaging.service", side, url]
            process = running.enter_context(subprocess.Popen(command))
            running.callback(process.kill)
            services[side] = psutil.Process(process.pid)
        asyncio.run(measure(url, services, chosen.rounds, chosen.seconds))
    print(f"\nand after: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
