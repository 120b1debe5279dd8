"""What many ask for at the same time is done at once: group commit, and its twin for reading.

The first to come does its own. Who comes while that is under way waits, and then one of them does it for all who
wait. So nothing waits for company that may not come, and the busier it is, the fewer questions reach the store:
a hundred registrations in one write, a hundred reads in one query.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from .contracts.errors import Unavailable

Q = TypeVar("Q")
R = TypeVar("R")

#: Asked for at once, at most.
MOST = 100


class _Ticket(Generic[Q, R]):
    """One who waits: what is wanted, and what became of it."""

    __slots__ = ("answer", "done", "wanted")

    def __init__(self, wanted: Q) -> None:
        self.wanted = wanted
        self.done = False
        self.answer: R | Exception | None = None

    def settle(self, answer: R | Exception) -> None:
        self.answer, self.done = answer, True


class Together(Generic[Q, R]):
    """`do` takes what is wanted by several and answers, in order, each's result or the exception to raise for it.

    Threads and greenlets alike. When `do` itself raises, the store is at fault: all who wait hear of it at once,
    and do not wait in line for a store that does not answer.
    """

    def __init__(self, do: Callable[[Sequence[Q]], Sequence[R | Exception]]) -> None:
        self._do = do
        self._waiting: list[_Ticket[Q, R]] = []
        self._turn = threading.Lock()

    def __call__(self, wanted: Q) -> R:
        """The result for `wanted`; it was asked for after this call began."""
        ticket: _Ticket[Q, R] = _Ticket(wanted)
        self._waiting.append(ticket)
        with self._turn:
            while not ticket.done:
                self._do_waiting()
        if isinstance(ticket.answer, Exception):
            raise ticket.answer
        return ticket.answer  # type: ignore[return-value]

    def _do_waiting(self) -> None:
        batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
        try:
            answers = self._do([ticket.wanted for ticket in batch])
        except BaseException as error:
            failed, self._waiting = [*batch, *self._waiting], []
            for ticket in failed:
                ticket.settle(error if isinstance(error, Exception) else Unavailable("interrupted; try again"))
            if not isinstance(error, Exception):
                raise
            return
        for ticket, answer in zip(batch, answers, strict=True):
            ticket.settle(answer)
