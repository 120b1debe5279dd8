"""Strikes several parts at a time, in an order that a seed decides, and lets the clients breathe in between."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from random import Random

from .conference import SERVERS, SERVICES, Conference
from .history import History
from .links import FAULTS

#: All but Erlang's name server, which holds no message.
COMPONENTS = (*SERVICES, *SERVERS)
LINKS = ("broker link", "documents link")
STOP_SECONDS = 30.0  # what a process has after SIGTERM
_SIGNALS = ("SIGKILL",) * 6 + ("SIGSTOP", "SIGTERM")
#: The broker takes several times as long as the others to be back: it is struck in every second round.
_ROUND = (*COMPONENTS, *(name for name in COMPONENTS if name != "broker"))


@dataclass(frozen=True)
class Strike:
    """`fault` for `component`, so many `seconds` long where it lasts, beginning `after` so many seconds."""

    component: str
    fault: str
    after: float
    seconds: float


#: Strikes that come together, and the seconds of calm when everybody is back.
Volley = tuple[list[Strike], float]


def plan(random: Random) -> Iterator[Volley]:
    """Volleys without end. Every component has its turns; the first volleys only kill, each of them once."""
    names = list(COMPONENTS)
    signals: tuple[str, ...] = ("SIGKILL",)
    while True:
        random.shuffle(names)
        while names:
            size = random.randint(2, 5)
            struck, names = list(dict.fromkeys(names[:size])), names[size:]
            strikes = [_strike(random, name, random.choice(signals)) for name in struck]
            if random.random() < 0.4:
                strikes.append(_strike(random, random.choice(LINKS), random.choice(FAULTS)))
            yield strikes, random.uniform(0.5, 3.0)
        names, signals = list(_ROUND), _SIGNALS


def _strike(random: Random, component: str, fault: str) -> Strike:
    return Strike(component, fault, after=random.uniform(0, 0.8), seconds=random.uniform(0.3, 2.5))


async def storm(conference: Conference, seconds: float, seed: int, history: History) -> None:
    """Strike for so long, and until everybody had a turn; returns when every part is ready again."""
    loop = asyncio.get_running_loop()
    until, spared = loop.time() + seconds, set(COMPONENTS)
    for strikes, calm in plan(Random(seed)):
        await asyncio.gather(*(strike(conference, one, history) for one in strikes))
        await asyncio.to_thread(conference.wait_ready)
        history.note("ready")
        spared -= {one.component for one in strikes}
        if loop.time() + calm >= until and not spared:
            return
        await asyncio.sleep(calm)


async def strike(conference: Conference, one: Strike, history: History) -> None:
    """Do as `one` says; returns when the fault is over, not when the part is ready again."""
    await asyncio.sleep(one.after)
    history.note("struck", component=one.component, fault=one.fault)
    if one.component in LINKS:
        await conference.links[one.component].suffer(one.fault, one.seconds)
        return
    stack = conference.stack_of(one.component)
    if one.fault == "SIGKILL":
        await asyncio.to_thread(stack.kill, one.component)
        return
    pid = stack.pid(one.component)
    assert pid is not None, f"{one.component} does not run"
    os.kill(pid, getattr(signal, one.fault))
    if one.fault == "SIGSTOP":
        await asyncio.sleep(one.seconds)
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
        return
    try:
        async with asyncio.timeout(STOP_SECONDS):
            while stack.pid(one.component) == pid:
                await asyncio.sleep(0.05)
    except TimeoutError:
        history.note("late", component=one.component)
        stack.kill(one.component)
