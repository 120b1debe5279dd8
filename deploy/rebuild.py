"""``python -m deploy.rebuild``: have the search index made anew from the owners of the facts, while it serves.

Shows how far it is, and ends with 0 when the new index serves. Ending this program does not end the rebuild.
"""

from __future__ import annotations

import argparse
import asyncio
import secrets
import sys
import time
from typing import Any

from messaging.on_asyncio import Bus, BusError, BusUnavailable, RemoteError, RpcTimeout

from .seed.settings import NotRunning, Settings

ACTOR = {"id": "make-rebuild", "roles": ["operator"]}
PAUSE = 0.5  # s between two looks
AWAY = (RpcTimeout, BusUnavailable)


async def rebuild(bus: Bus, patience: float) -> dict[str, Any]:
    """Ask for a rebuild and follow it to its end. Raises `TimeoutError` after `patience` seconds."""
    key = f"make-rebuild-{secrets.token_hex(8)}"
    asked = await bus.call("search", "rebuild_index", {"command_id": key, "actor": ACTOR}, deadline=5.0)
    until = time.monotonic() + patience
    told = dict(asked)
    while told["state"] != "done":
        if time.monotonic() > until:
            raise TimeoutError("it is not done yet, and goes on without us")
        await asyncio.sleep(PAUSE)
        try:
            told = await bus.call("search", "get_rebuild", {"actor": ACTOR}, deadline=5.0)
        except AWAY:
            continue  # the service restarts; the rebuild goes on when it is back
        print(line(told))
    return told


def line(told: dict[str, Any]) -> str:
    """One line of progress."""
    found = told.get("found", {})
    counts = " · ".join(f"{count} {kind}s" for kind, count in found.items()) or "nothing yet"
    delayed = f" (waits: {told['delayed_by']})" if told.get("delayed_by") else ""
    return f"{told['state']}: {counts}; the index that serves holds {told.get('expected', 0)}{delayed}"


async def run(patience: float) -> int:
    """Follow a rebuild; the exit status."""
    async with Bus(Settings.read().amqp_url, name="rebuild") as bus:
        await rebuild(bus, patience)
    return 0


def main() -> int:
    """Run, and turn what goes wrong into a line and a status."""
    parser = argparse.ArgumentParser(prog="python -m deploy.rebuild", description=__doc__.splitlines()[0])
    parser.add_argument("--patience", type=float, default=600.0, help="seconds to follow it")
    try:
        return asyncio.run(run(parser.parse_args().patience))
    except (NotRunning, BusError, RemoteError, TimeoutError) as error:
        print(f"rebuild: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
