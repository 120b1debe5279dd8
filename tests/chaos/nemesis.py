"""Kills, freezes and stops one process after the other, in an order that a seed decides."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from random import Random

from deploy.local.stack import Stack

from .history import History

#: All but Erlang's name server, which holds no message.
COMPONENTS = ("gateway", "registration", "jobs", "search", "streaming", "media", "documents", "broker")
_GENTLER = ("SIGKILL", "SIGKILL", "SIGSTOP", "SIGTERM")


def plan(random: Random) -> Iterator[tuple[str, str, float]]:
    """Without end: component, fault, and seconds to wait after it. Every component has its turn in each round.

    The first round only kills, so that a short storm kills everybody once.
    """
    faults: tuple[str, ...] = ("SIGKILL",)
    while True:
        for name in random.sample(COMPONENTS, len(COMPONENTS)):
            yield name, random.choice(faults), random.uniform(0.1, 0.6)
        faults = _GENTLER


def storm(stack: Stack, seconds: float, seed: int, history: History) -> None:
    """Strike for so long; returns when every part is ready again."""
    until = time.monotonic() + seconds
    for name, fault, pause in plan(Random(seed)):
        if time.monotonic() >= until:
            break
        strike(stack, name, fault)
        history.note("struck", component=name, fault=fault)
        stack.wait_ready(name)
        time.sleep(pause)
    stack.wait_ready()


def strike(stack: Stack, name: str, fault: str) -> None:
    """SIGKILL, SIGTERM, or a second and a half of SIGSTOP."""
    if fault == "SIGKILL":
        stack.kill(name)
        return
    pid = stack.pid(name)
    assert pid is not None, f"{name} does not run"
    os.kill(pid, getattr(signal, fault))
    if fault == "SIGSTOP":
        time.sleep(1.5)
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
    else:
        while stack.pid(name) == pid:
            time.sleep(0.05)
