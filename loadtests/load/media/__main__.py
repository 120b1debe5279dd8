"""``python -m loadtests.load.media URL SESSION --players 20 --viewers 5``: a live session and its audience.

The token of an operator comes in SUBVENUE_LOAD_TOKEN. Ends on SIGTERM with one line of JSON about what was played.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import time
from contextlib import suppress
from typing import Any

import aiohttp

from loadtests.benchmarks.media import publisher
from loadtests.benchmarks.media.viewers import Crowd
from loadtests.load.verdict import percentile

from .player import Played, Player
from .way import Way


async def run(url: str, session_id: str, players: int, viewers: int) -> dict[str, Any]:
    """Publish, watch and play until SIGTERM; what came of it."""
    way, over = Way(url, session_id, os.environ["SUBVENUE_LOAD_TOKEN"]), asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, over.set)
    publishing = asyncio.create_task(publisher.publish(way))
    crowd, played = Crowd(way, max(1, viewers)), Played()
    timeout, connector = aiohttp.ClientTimeout(total=20), aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(timeout=timeout, connector=connector) as http:
        await asyncio.sleep(3)  # the packager needs a picture before there is something to play
        audience = [asyncio.create_task(Player(http, url, session_id, played).run()) for _ in range(players)]
        audience += [asyncio.create_task(crowd.join()) for _ in range(viewers)]
        began = time.monotonic()
        await asyncio.wait({publishing, asyncio.create_task(over.wait())}, return_when=asyncio.FIRST_COMPLETED)
        seconds = time.monotonic() - began
        totals = crowd.counter.totals()
        for task in (publishing, *audience):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
    await way.close()
    return {
        "players": players,
        "parts per player and second": round(played.parts / max(1, players) / seconds, 2),
        "failures of players": played.failures,
        "behind live p50 s": round(percentile(played.behind, 0.5), 3),
        "behind live p95 s": round(percentile(played.behind, 0.95), 3),
        "viewers": len(crowd.clients),
        "packets of viewers": totals["packets"],
        "packets missing": totals["missing"],
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m loadtests.load.media", description=__doc__)
    parser.add_argument("url")
    parser.add_argument("session")
    parser.add_argument("--players", type=int, default=20)
    parser.add_argument("--viewers", type=int, default=5)
    words = parser.parse_args()
    print(json.dumps(asyncio.run(run(words.url, words.session, words.players, words.viewers))), flush=True)
