"""Code that runs effect by effect: between every two it stands still, may be overtaken, or may die.

Whatever touches the world asks `Stage.pause` first. The schedule decides who goes on and how the effect ends. A
greenlet is all that is needed for it: the code under test is the product's own and knows nothing of this.
"""

from __future__ import annotations

from collections.abc import Callable

from greenlet import GreenletExit, getcurrent, greenlet

#: How an effect ends: as it should; not at all, which is noticed; or done, but without an answer.
DONE, LOST_BEFORE, LOST_AFTER = "done", "lost before", "lost after"


class Stage:
    """Where actors play. `trace` is every effect in its order: the schedule as it was."""

    def __init__(self) -> None:
        self._director = getcurrent()
        self.trace: list[str] = []

    def pause(self, effect: str) -> str:
        """Called by an actor before an effect; answers how it is to end."""
        outcome: str = self._director.switch(effect)
        return outcome


class Actor:
    """`work`, standing before the effect `next` until it has `ended`."""

    def __init__(self, stage: Stage, name: str, work: Callable[[], None]) -> None:
        self.name = name
        self._stage = stage
        self._greenlet = greenlet(lambda: work())
        self.next = self._greenlet.switch()

    @property
    def ended(self) -> bool:
        """Whether there is nothing left to do."""
        return bool(self._greenlet.dead)

    def step(self, outcome: str = DONE) -> None:
        """Let the effect happen, and what follows it up to the next."""
        self._stage.trace.append(f"{self.name}: {self.next}{'' if outcome == DONE else f' ({outcome})'}")
        self.next = self._greenlet.switch(outcome)

    def die(self) -> None:
        """End here, as by SIGKILL: what follows never happens."""
        self._greenlet.throw(GreenletExit)
        assert self.ended, "the dead do nothing"


class Turn:
    """A lock between actors: who waits stands still."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._taken = False

    def __enter__(self) -> None:
        while self._taken:
            self._stage.pause("wait for a turn")
        self._taken = True

    def __exit__(self, *_: object) -> None:
        self._taken = False
