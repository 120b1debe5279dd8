"""The tables a run ends with, and what it fails on."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from .checking import Verdict, too_few
from .history import History
from .nemesis import COMPONENTS, LINKS

COMMANDS = ("attendee", "change", "application")


@dataclass(frozen=True)
class Demands:
    """What a run must reach to show anything."""

    kills: int
    of_each: int
    acknowledged: int
    seconds: float  # for everything to arrive after the storm

    @classmethod
    def of(cls, words: argparse.Namespace) -> Demands:
        """As the command line says; by default what three minutes must give, in proportion."""
        minutes = words.seconds / 60
        return cls(
            kills=words.least_kills or int(20 * minutes),
            of_each=words.least_of_each or max(1, int(minutes)),
            acknowledged=words.least_acknowledged or int(10_000 / 3 * minutes),
            seconds=words.converge,
        )


def tables(history: History, verdicts: Mapping[str, Verdict], seconds: float) -> Iterator[str]:
    """What was seen and what was struck, line by line; everything had arrived `seconds` after the storm."""
    yield f"\n{'':<16}{'stored':>8}{'lost':>8}{'doubled':>9}{'phantom':>9}{'disorder':>10}{'heard again':>13}"
    for kind, one in verdicts.items():
        lost, doubled, phantom, disorder = map(len, (one.lost, one.doubled, one.phantom, one.disordered))
        figures = f"{one.stored:>8}{lost:>8}{doubled:>9}{phantom:>9}{disorder:>10}{one.redelivered:>13}"
        yield f"{kind:<16}{figures}"
    yield f"\n{'':<16}{'SIGKILL':>8}{'SIGTERM':>9}{'SIGSTOP':>9}"
    for name in COMPONENTS:
        faults = Counter(one["fault"] for one in history.of("struck", component=name))
        yield f"{name:<16}{faults['SIGKILL']:>8}{faults['SIGTERM']:>9}{faults['SIGSTOP']:>9}"
    yield f"\n{'':<16}{'cut':>8}{'half-open':>11}{'slow':>6}"
    for name in LINKS:
        faults = Counter(one["fault"] for one in history.of("struck", component=name))
        yield f"{name:<16}{faults['cut']:>8}{faults['half-open']:>11}{faults['slow']:>6}"
    commands = acknowledged(history)
    yield "\n" + ", ".join(f"{count} {name}s" for name, count in commands.items())
    yield (
        f"{commands.total()} acknowledged, {kills(history).total()} kills, {length(history):.0f} s of storm, "
        f"converged {seconds:.1f} s after it"
    )


def faults(history: History, verdicts: Mapping[str, Verdict], seconds: float, demands: Demands) -> Iterator[str]:
    """All that a run fails on; nothing when it is good."""
    yield from wrong(verdicts, history)
    yield from too_little(history, seconds, demands)


def kills(history: History) -> Counter[str]:
    """How often each component was killed."""
    return Counter(one["component"] for one in history.of("struck", fault="SIGKILL"))


def acknowledged(history: History) -> Counter[str]:
    """How many commands of the storm were answered with success, by what they ask."""
    return Counter(one["command"] for one in history.of("acknowledged") if one["command"] in COMMANDS)


def wrong(verdicts: Mapping[str, Verdict], history: History) -> Iterator[str]:
    """All that is wrong, with the word for it."""
    for kind, verdict in verdicts.items():
        for word in ("lost", "doubled", "phantom", "disordered"):
            yield from (f"{kind} {word}: {sentence}" for sentence in getattr(verdict, word))
    for one in history.of("refused"):
        yield f"a good command was refused: {one['command']} {one['key']}: {one['error']} {one['detail']}"
    for one in history.of("late"):
        yield f"{one['component']} did not stop within thirty seconds of SIGTERM"


def too_little(history: History, seconds: float, demands: Demands) -> Iterator[str]:
    """Why this run shows nothing, or not enough."""
    killed, count = kills(history), acknowledged(history).total()
    yield from too_few(killed, COMPONENTS, demands.of_each)
    if killed.total() < demands.kills:
        yield f"{killed.total()} kills, {demands.kills} wanted"
    if count < demands.acknowledged:
        yield f"{count} acknowledged, {demands.acknowledged} wanted"
    if seconds > demands.seconds:
        yield f"everything had arrived after {seconds:.1f} s, {demands.seconds:.0f} s wanted"


def length(history: History) -> float:
    """Seconds from the first client to the last."""
    return float(history.of("over")[0]["at"] - history.of("begun")[0]["at"])
