"""Kills every process of a private conference while clients work, then reads whether anything was lost.

python -m tests.chaos [--seconds 180] [--seed 1] [--clients 24] [--out FOLDER] [--control]
                      [--least-kills N] [--least-of-each N] [--least-acknowledged N] [--converge 10]

Exit status 0 only when nothing is lost, doubled, invented or out of order, everything had arrived soon after the
storm, every component was killed often enough, and enough was acknowledged for that to mean something. With
--control the services are without protection, and the exit status is 0 only when the checker has noticed.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import shutil
import sys
import tempfile
from contextlib import nullcontext
from pathlib import Path

import aiohttp
import uvloop

from deploy.local.stack import NotReady

from . import employer, timeline
from .audit import Audit, auditing
from .checking import Verdict, judge, judge_openings
from .clients import PATIENCE, Crowd
from .conference import Conference, conference
from .history import History
from .nemesis import COMPONENTS, LINKS, storm
from .observing import Observer
from .report import Demands, faults, tables
from .unprotected import unprotected_services

PATIENCE_AFTER = 90.0  # seconds after the storm until we call what is missing lost
QUIET = 0.7  # seconds without an event, after which we look whether all is there
VACANCIES = 240


def main() -> int:
    """Parse, run, report; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seconds", type=float, default=180)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--clients", type=int, default=24)
    parser.add_argument("--least-kills", type=int, help="in all; default one in three seconds")
    parser.add_argument("--least-of-each", type=int, help="kills of each component; default one a minute")
    parser.add_argument("--least-acknowledged", type=int, help="commands; default 10,000 in three minutes")
    parser.add_argument("--converge", type=float, default=10, help="seconds it may take after the storm")
    parser.add_argument("--out", type=Path, default=Path(tempfile.gettempdir()) / "subvenue-chaos")
    parser.add_argument("--control", action="store_true", help="services without outbox and ladder")
    words = parser.parse_args()
    logging.disable()  # aiormq tells of every connection that fails, and all of them do
    run_folder = words.out / "run"  # its logs stay, for who wants to know why
    shutil.rmtree(run_folder, ignore_errors=True)
    run_folder.mkdir(parents=True)
    history = History(words.out / "history.jsonl")
    unprotected = unprotected_services() if words.control else nullcontext()
    try:
        with unprotected:
            verdicts, seconds = uvloop.run(run(run_folder, words, history))
    except NotReady as late:
        sys.exit(f"{late}. The end of its log:\n{late.log}")
    (words.out / "timeline.svg").write_text(timeline.svg(history, (*COMPONENTS, *LINKS)))
    history.close()
    found = list(faults(history, verdicts, seconds, Demands.of(words)))
    print(*tables(history, verdicts, seconds), f"history and timeline: {words.out}", sep="\n")
    print("\n".join(found[:40]) or "nothing lost, nothing doubled, nothing invented, all in order")
    if words.control:
        return int(not any(verdict.lost or verdict.doubled for verdict in verdicts.values()))
    return int(bool(found))


async def run(folder: Path, words: argparse.Namespace, history: History) -> tuple[dict[str, Verdict], float]:
    """The storm, and what became of everything; the seconds that took."""
    async with conference(folder) as stage, auditing(stage.servers.env["SUBVENUE_AMQP_URL"]) as audit:
        observer = Observer(stage.servers.env["SUBVENUE_MONGODB_URL"], stage.services.gateway_url)
        patience, connector = aiohttp.ClientTimeout(total=PATIENCE), aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(timeout=patience, connector=connector) as session:
            crowd = Crowd(stage.services.gateway_url, history, session)
            await disturb(stage, words, crowd)
        return await converge(observer, audit, history)


async def disturb(stage: Conference, words: argparse.Namespace, crowd: Crowd) -> None:
    """Clients at work, the nemesis among them; returns when both have ended and every part is ready."""
    opened = await employer.vacancies(crowd, VACANCIES)
    shares = [opened[number:] + opened[:number] for number in range(words.clients)]
    people = [asyncio.create_task(crowd.stay(f"c{number}", share)) for number, share in enumerate(shares)]
    crowd.history.note("begun")
    try:
        await storm(stage, words.seconds, words.seed, crowd.history)
    finally:
        crowd.over = True
        _, late = await asyncio.wait(people, timeout=PATIENCE_AFTER)
        crowd.closed = True
        await asyncio.gather(*late)
    crowd.history.note("over")


async def converge(observer: Observer, audit: Audit, history: History) -> tuple[dict[str, Verdict], float]:
    """The verdict of each kind as soon as all are clean, or when time is up; and the seconds until it was so."""
    clock = asyncio.get_running_loop().time
    began = clock()
    while True:
        while not (audit.quiet() > QUIET and await asyncio.to_thread(observer.settled)):
            if clock() - began > PATIENCE_AFTER:
                break
            await asyncio.sleep(0.1)
        seconds = clock() - began
        seen, openings = await asyncio.to_thread(observer.seen, audit.heard, history)
        verdicts = {kind: judge(one) for kind, one in seen.items()}
        judge_openings(openings, verdicts["application"])
        if all(verdict.clean for verdict in verdicts.values()) or seconds > PATIENCE_AFTER:
            return verdicts, seconds


if __name__ == "__main__":
    sys.exit(main())
