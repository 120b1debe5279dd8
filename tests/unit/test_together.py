"""What is wanted at the same time is done at once, and each gets its own result."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

import pytest

from messaging.contracts.errors import Conflict, Unavailable
from messaging.together import MOST, Together


class Store:
    """Doubles numbers, slowly, and counts how often it is asked."""

    def __init__(self) -> None:
        self.batches: list[int] = []
        self.away = False

    def double(self, numbers: Sequence[int]) -> list[int | Exception]:
        self.batches.append(len(numbers))
        time.sleep(0.02)
        if self.away:
            raise Unavailable("away")
        return [Conflict("13") if number == 13 else 2 * number for number in numbers]


def at_once(together: Together[int, int], many: int) -> dict[int, int | Exception]:
    """What each of so many threads gets, or what is raised for it."""
    got: dict[int, int | Exception] = {}

    def want(number: int) -> None:
        try:
            got[number] = together(number)
        except Exception as error:
            got[number] = error

    threads = [threading.Thread(target=want, args=(number,)) for number in range(many)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return got


def test_many_are_few_questions():
    """Each has its own result or refusal; the store is asked a few times, never for too many."""
    store = Store()
    got = at_once(Together(store.double), 250)
    assert isinstance(got.pop(13), Conflict)
    assert got == {number: 2 * number for number in range(250) if number != 13}
    assert len(store.batches) <= 20
    assert max(store.batches) <= MOST


def test_one_alone_does_not_wait():
    """Without company there is nothing to wait for."""
    store = Store()
    assert Together(store.double)(4) == 8
    assert store.batches == [1]


def test_a_store_that_is_away_is_asked_once_for_all_who_wait():
    """Nobody stands in line for a store that does not answer."""
    store = Store()
    store.away = True
    got = at_once(Together(store.double), 50)
    assert {type(error) for error in got.values()} == {Unavailable}
    assert len(store.batches) <= 10


def test_an_interruption_is_nobody_elses_silence():
    """Who is torn out while doing it for others leaves them with an answer, and the turn with the next."""

    class Torn(BaseException):
        pass

    calls = 0

    def tear(numbers: Sequence[int]) -> list[int | Exception]:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise Torn
        return list(numbers)

    together = Together(tear)
    with pytest.raises(Torn):
        together(1)
    assert together(2) == 2
