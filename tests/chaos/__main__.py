"""Kills every process of a private conference while clients work, then reads whether anything was lost.

python -m tests.chaos [--seconds 180] [--seed 1] [--clients 6] [--least-kills N] [--out FOLDER]
                      [--control]

Exit status 0 only when nothing is lost, doubled, invented or out of order, every component was killed often
enough, and enough was acknowledged for that to mean something. With --control the services are without
protection, and the exit status is 0 only when the checker has noticed.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections import Counter
from contextlib import nullcontext
from pathlib import Path

from deploy.local import trial
from deploy.local.stack import Stack

from . import employer, timeline
from .checking import Verdict, judge, too_few
from .clients import Client
from .history import History
from .nemesis import COMPONENTS, storm
from .observing import STORED, Observer
from .unprotected import unprotected_services

CONVERGENCE = 60.0  # seconds after the storm until we call what is missing lost
LEAST_PER_SECOND = 5  # acknowledged commands; fewer show nothing
VACANCIES = 8


def main() -> int:
    """Parse, run, report; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seconds", type=float, default=180)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--clients", type=int, default=6)
    parser.add_argument("--least-kills", type=int, default=0, help="of each component; default one a minute")
    parser.add_argument("--out", type=Path, default=Path(tempfile.gettempdir()) / "subvenue-chaos")
    parser.add_argument("--control", action="store_true", help="services without outbox and ladder")
    words = parser.parse_args()
    words.out.mkdir(parents=True, exist_ok=True)
    history = History(words.out / "history.jsonl")
    with (
        tempfile.TemporaryDirectory(prefix="subvenue-") as folder,
        unprotected_services() if words.control else nullcontext(),
        trial.running(Path(folder)) as stack,
    ):
        observer = Observer(stack.env["SUBVENUE_AMQP_URL"], stack.env["SUBVENUE_MONGODB_URL"], stack.gateway_url)
        asyncio.run(observer.listen())
        disturb(stack, words, history)
        verdicts, seconds = converge(observer, history)
    history.close()
    (words.out / "timeline.svg").write_text(timeline.svg(history, COMPONENTS))
    least = words.least_kills or max(1, int(words.seconds // 60))
    status = report(history, verdicts, seconds, least, LEAST_PER_SECOND * words.seconds, words.out)
    noticed = any(verdict.lost or verdict.doubled for verdict in verdicts.values())
    return int(not noticed) if words.control else status


def disturb(stack: Stack, words: argparse.Namespace, history: History) -> None:
    """Clients at work, the nemesis among them; returns when both have ended and every part is ready."""
    opened = employer.vacancies(Client("employer", stack.gateway_url, ["none"], history), VACANCIES)
    clients = [Client(f"c{number}", stack.gateway_url, opened, history) for number in range(words.clients)]
    for client in clients:
        client.start()
    try:
        storm(stack, words.seconds, words.seed, history)
    finally:
        for client in clients:
            client.over.set()
        for client in clients:
            client.join(CONVERGENCE)
            client.closed.set()


def converge(observer: Observer, history: History) -> tuple[dict[str, Verdict], float]:
    """The verdict of each kind as soon as all are clean, or when time is up; and the seconds that took."""
    began = time.monotonic()
    while True:
        asyncio.run(observer.drain())
        verdicts = {kind: judge(observer.seen(kind, history)) for kind in STORED}
        seconds = time.monotonic() - began
        if all(verdict.clean for verdict in verdicts.values()) or seconds > CONVERGENCE:
            return verdicts, seconds
        time.sleep(0.5)


def report(
    history: History, verdicts: dict[str, Verdict], seconds: float, least: int, wanted: float, out: Path
) -> int:
    """Print the tables; the exit status."""
    print(f"\n{'':<14}{'acknowledged':>14}{'lost':>8}{'doubled':>9}{'phantom':>9}{'disorder':>10}{'again':>8}")
    for kind, verdict in verdicts.items():
        figures = (len(verdict.lost), len(verdict.doubled), len(verdict.phantom), len(verdict.disordered))
        lost, doubled, phantom, disordered = figures
        count = len(history.of("acknowledged", kind=kind))
        print(f"{kind:<14}{count:>14}{lost:>8}{doubled:>9}{phantom:>9}{disordered:>10}{verdict.redelivered:>8}")
    kills = Counter(one["component"] for one in history.of("struck", fault="SIGKILL"))
    others = Counter(one["component"] for one in history.of("struck")) - kills
    print(f"\n{'':<14}{'killed':>8}{'frozen or stopped':>20}")
    for name in COMPONENTS:
        print(f"{name:<14}{kills[name]:>8}{others[name]:>20}")
    acknowledged = sum(len(history.of("acknowledged", kind=kind)) for kind in STORED)
    print(f"\n{acknowledged} acknowledged, {kills.total()} kills, converged {seconds:.1f} s after the storm")
    print(f"history and timeline: {out}")
    faults = [f"{kind}: {one}" for kind, verdict in verdicts.items() for one in sentences_of(verdict)]
    faults += too_few(kills, COMPONENTS, least)
    faults += ["too little was acknowledged to show anything"] * (acknowledged < wanted)
    print("\n".join(faults[:40]) or "nothing lost, nothing doubled, nothing invented, all in order")
    return 1 if faults else 0


def sentences_of(verdict: Verdict) -> list[str]:
    """All that is wrong, with the word for it."""
    words = ("lost", "doubled", "phantom", "disordered")
    return [f"{word}: {sentence}" for word in words for sentence in getattr(verdict, word)]


if __name__ == "__main__":
    sys.exit(main())
