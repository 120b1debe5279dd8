"""``python -m loadtests.load``: thousands of attendees at once against a private stack, judged by thresholds.

    [--users 500] [--minutes 2] [--seed 1] [--scale 1.0] [--workers 2] [--players 20] [--viewers 5]
    [--out FOLDER]

Everything is on this machine, load generator included. Exit status 0 when every threshold is kept and every
acknowledged write is there.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from rich.console import Console

from deploy.local import trial
from deploy.local.paths import ROOT
from deploy.local.stack import Stack
from loadtests.api import Api
from loadtests.tokens import operator_token

from . import journal
from .checking import account
from .processes import audience, locust, shaped
from .report import processes_table, requests_table, verdict_table, write_page
from .settings import Settings
from .verdict import verdict
from .watching import Watch


def main() -> int:
    """Parse, run, judge; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m loadtests.load", description=__doc__)
    parser.add_argument("--users", type=int, default=500)
    parser.add_argument("--minutes", type=float, default=2.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scale", type=float, default=1.0, help="how much of the demo convention is there before")
    parser.add_argument("--workers", type=int, default=2, help="Locust's worker processes")
    parser.add_argument("--players", type=int, default=20, help="LL-HLS players of a live session")
    parser.add_argument("--viewers", type=int, default=5, help="WHEP viewers of the same session")
    parser.add_argument("--out", type=Path, default=Path(tempfile.gettempdir()) / "subvenue-load")
    words = parser.parse_args()
    words.out.mkdir(parents=True, exist_ok=True)
    for old in words.out.glob("acknowledged-*.jsonl"):
        old.unlink()
    need_files(2 * words.users + 1000)
    print("starting a private stack, and seeding it", flush=True)
    with tempfile.TemporaryDirectory(prefix="subvenue-") as folder, trial.running(Path(folder)) as stack:
        subprocess.run(
            [sys.executable, "-m", "deploy.seed", "--scale", str(words.scale)],
            cwd=ROOT,
            env={**os.environ, **stack.env},
            check=True,
        )
        print(f"{words.users:,} attendees for {words.minutes:g} minutes", flush=True)
        return asyncio.run(run(stack, words, Console(soft_wrap=True, width=110)))


def need_files(count: int) -> None:
    """Allow so many open files, for us and all we start. Says so when the system does not let us."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (count, max(count, hard)))
        except ValueError:
            sys.exit(f"{count} open files are needed, and this system allows {hard}: see `ulimit -Hn`")


async def run(stack: Stack, words: argparse.Namespace, console: Console) -> int:
    """The load, then the account of what was acknowledged, then the verdict; the exit status."""
    api = await Api.opened(stack.gateway_url)
    try:
        async with shaped(stack) as urls:
            sub_venues = (await api.get("sub-venues", "/api/v1/sub-venues"))["items"]
            settings = Settings(
                urls=urls,
                users=words.users,
                minutes=words.minutes,
                seed=words.seed,
                operator=operator_token(stack),
                sub_venues=[one["id"] for one in sub_venues],
                folder=str(words.out),
            )
            watch, played = Watch(stack, api), dict[str, Any]()
            watching = asyncio.create_task(watch.run())
            async with audience(stack, api, settings, words.players, words.viewers, played):
                await locust(settings, words.workers)
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching
        accounted = await account(api, journal.read(words.out))
    finally:
        await api.close()
    summary = json.loads((words.out / "summary.json").read_text())
    lines = verdict(summary, watch, accounted, words.users)
    console.print(requests_table(summary), processes_table(watch), verdict_table(lines))
    console.print_json(data=played)
    console.print("\n".join([*summary["errors"][:20], *accounted.missing[:20]]), highlight=False)
    title = f"{words.users:,} attendees, {words.minutes:g} minutes"
    page = write_page(words.out, title, lines, accounted, watch, summary | {"played": played})
    console.print("report:", page, highlight=False)
    return 0 if all(line.kept for line in lines) else 1


if __name__ == "__main__":
    sys.exit(main())
