"""``python -m loadtests.load``: thousands of attendees at once against a private stack, judged by thresholds.

    [--users 500] [--minutes 2] [--seed 1] [--scale 1.0] [--workers 2] [--out FOLDER]

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
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from rich.console import Console

from deploy.local import ports, trial
from deploy.local.paths import ROOT
from deploy.local.stack import Stack
from loadtests.api import Api
from loadtests.tokens import operator_token

from . import journal
from .checking import account
from .regions import REGIONS
from .report import requests_table, verdict_table, write_page
from .settings import Settings
from .verdict import verdict
from .watching import Watch

LOCUSTFILE = Path(__file__).with_name("locustfile.py")


def main() -> int:
    """Parse, run, judge; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m loadtests.load", description=__doc__)
    parser.add_argument("--users", type=int, default=500)
    parser.add_argument("--minutes", type=float, default=2.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scale", type=float, default=1.0, help="how much of the demo convention is there before")
    parser.add_argument("--workers", type=int, default=2, help="Locust's worker processes")
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
        return asyncio.run(run(stack, words, Console(soft_wrap=True)))


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
            watch = Watch(stack, api)
            watching = asyncio.create_task(watch.run())
            await locust(settings, words)
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching
        accounted = await account(api, journal.read(words.out))
    finally:
        await api.close()
    summary = json.loads((words.out / "summary.json").read_text())
    lines = verdict(summary, watch, accounted, words.users)
    console.print(requests_table(summary), verdict_table(lines))
    console.print("\n".join([*summary["errors"][:20], *accounted.missing[:20]]), highlight=False)
    title = f"{words.users:,} attendees, {words.minutes:g} minutes"
    console.print("report:", write_page(words.out, title, lines, accounted, watch, summary), highlight=False)
    return 0 if all(line.kept for line in lines) else 1


@asynccontextmanager
async def shaped(stack: Stack) -> AsyncIterator[dict[str, str]]:
    """The proxies of the regions; yields the URL for each region."""
    free = filter(ports.is_free, ports.anywhere("region"))
    chosen = [next(free) for _ in REGIONS]
    command = [sys.executable, "-m", "loadtests.load.shaping", stack.env["SUBVENUE_PORT"], *map(str, chosen)]
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT)
    try:
        yield {region.name: f"http://127.0.0.1:{port}" for region, port in zip(REGIONS, chosen, strict=True)}
    finally:
        process.terminate()
        await process.wait()


async def locust(settings: Settings, words: argparse.Namespace) -> None:
    """Run Locust without its page: a master, and workers on this machine. Its own report is `locust.html`."""
    command = [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), "--headless", "--only-summary"]
    command += ["--processes", str(words.workers), "--html", str(words.out / "locust.html")]
    command += ["--exit-code-on-error", "0", "--loglevel", "WARNING", "--stop-timeout", "10"]
    environment = {**os.environ, **settings.environment(), "PYTHONPATH": str(ROOT)}
    with (words.out / "locust.log").open("w") as log:
        process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        if status := await process.wait():
            raise SystemExit(f"Locust ended with status {status}, see {log.name}")


if __name__ == "__main__":
    sys.exit(main())
