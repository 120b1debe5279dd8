"""Breaks every connection to the broker a thousand times on both sides of the bus, and counts what is left over.

    make reconnects [TIMES=1000]

Fails when a process holds more tasks, greenlets, channels or file descriptors than before, or the broker more
connections, channels or queues.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from deploy.local import trial
from deploy.local.stack import Stack
from tests.integration.broker_control import holdings

from . import asyncio_side

#: Seconds after which the broker has forgotten reply queues that nobody consumes.
GONE_AFTER = 75.0


def on_nameko(url: str, times: int) -> tuple[dict[str, int], dict[str, int]]:
    """In a process of its own: eventlet and asyncio never meet."""
    command = [sys.executable, "-W", "ignore", "-m", "tests.reconnects.nameko_side", url, str(times)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    before, after = json.loads(done.stdout)
    return before, after


def on_asyncio(url: str, times: int) -> tuple[dict[str, int], dict[str, int]]:
    """In this process."""
    return asyncio.run(asyncio_side.reconnect(url, times))


def report(title: str, before: dict[str, int], after: dict[str, int]) -> bool:
    """Print what was held; whether nothing has grown."""
    for name, count in before.items():
        print(f"  {title:<10} {name:<20} {count:>5} {after[name]:>5}")
    return all(after[name] <= count for name, count in before.items())


def at_broker(stack: Stack, wanted: dict[str, int] | None = None) -> dict[str, int]:
    """What the broker holds; with `wanted`, when it holds no more, for reply queues without a consumer expire."""
    until = time.monotonic() + GONE_AFTER
    while True:
        time.sleep(1)
        held = holdings(stack)
        if wanted is None or held == wanted or time.monotonic() > until:
            return held


def main() -> int:
    """The command line; 1 when something has grown."""
    parser = argparse.ArgumentParser(prog="make reconnects")
    parser.add_argument("--times", type=int, default=1000)
    times = parser.parse_args().times
    with tempfile.TemporaryDirectory() as folder, trial.running(Path(folder), trial.BROKER) as stack:
        url = stack.env["SUBVENUE_AMQP_URL"]
        on_asyncio(url, 1)
        on_nameko(url, 1)  # what is durable stays
        time.sleep(GONE_AFTER)
        empty = at_broker(stack)
        print(f"{times} reconnections each{'before':>29} {'after':>5}")
        kept = []
        for title, side in (("asyncio", on_asyncio), ("nameko", on_nameko)):
            began = time.monotonic()
            kept.append(report(title, *side(url, times)))
            print(f"  {title:<10} {time.monotonic() - began:.0f} s", flush=True)
        kept.append(report("broker", empty, at_broker(stack, empty)))
    print("nothing is left over" if all(kept) else "SOMETHING HAS GROWN")
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
