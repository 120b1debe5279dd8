"""The checker of the chaos run finds what is wrong: a checker that cannot fail proves nothing."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from tests.chaos.checking import Heard, Seen, judge, too_few


def told(aggregate: str, seq: int = 1, id: str = "") -> Heard:
    """An event of version `seq`, with an id of its own unless one is given."""
    return Heard(id or f"{aggregate}-{seq}", "t", aggregate, seq)


GOOD = Seen(
    attempted=frozenset({"k1", "k2", "k3"}),
    acknowledged=[("k1", "a"), ("k2", "b")],
    stored=[("k1", "a"), ("k2", "b"), ("k3", "c")],  # the answer to k3 was lost on its way, which is no loss
    versions={"a": 2},
    heard=[told("a"), told("b"), told("b"), told("a", 2), told("c")],
    indexed=frozenset("abc"),
    notified=frozenset("abc"),
)


def test_a_good_history_is_clean():
    """Lost answers and redeliveries are no faults; redeliveries are counted."""
    verdict = judge(GOOD)
    assert verdict.clean
    assert verdict.redelivered == 1


@pytest.mark.parametrize(
    "change",
    [
        {"stored": [("k1", "a"), ("k3", "c")]},
        {"heard": [told("a"), told("c")]},
        {"indexed": frozenset("ab")},
        {"notified": frozenset("ab")},
        {"heard": [told("a", 2), told("b"), told("c")]},
        {"heard": [told("a"), told("b"), told("c")]},
    ],
    ids=[
        "acknowledged and not stored",
        "not published",
        "not indexed",
        "not notified",
        "a version never told",
        "the last never told",
    ],
)
def test_a_loss_at_any_stage_is_found(change):
    """Also where all later stages agree with one another."""
    assert judge(replace(GOOD, **change)).lost


@pytest.mark.parametrize(
    "change",
    [
        {"acknowledged": [("k1", "a"), ("k1", "b")]},
        {"stored": [("k1", "a"), ("k2", "b"), ("k2", "c")]},
        {"heard": [*GOOD.heard, told("a", 1, "another")]},
    ],
    ids=["two answers", "two documents", "two events"],
)
def test_a_double_is_found(change):
    """One command, two effects."""
    assert judge(replace(GOOD, **change)).doubled


@pytest.mark.parametrize(
    "change",
    [
        {"stored": [*GOOD.stored, ("k4", "d")]},
        {"heard": [*GOOD.heard, told("d")]},
        {"indexed": frozenset("abcd")},
        {"notified": frozenset("abcd")},
    ],
    ids=["stored", "published", "indexed", "notified"],
)
def test_a_phantom_is_found(change):
    """An effect that nobody asked for, or of something that is not there."""
    assert judge(replace(GOOD, **change)).phantom


def test_disorder_is_found():
    """Version 2 before version 1; the same told again later is a redelivery."""
    verdict = judge(replace(GOOD, heard=[told("b"), told("c"), told("a", 2), told("a", 1), told("a", 2)]))
    assert verdict.disordered == ["a: told as [2, 1]"]
    assert not verdict.lost


def test_what_is_not_searched_ends_with_its_event():
    """Applications are not indexed."""
    assert judge(replace(GOOD, indexed=None, notified=None)).clean


def test_a_storm_that_spared_somebody_is_told():
    """Too few kills of any component."""
    assert too_few(Counter(jobs=3, search=1), ["jobs", "search", "media"], 2) == [
        "search: 1 kills, 2 wanted",
        "media: 0 kills, 2 wanted",
    ]
