"""Two days in minutes: every moment at its share, nights nearly nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from loadtests.convention.account import Line
from loadtests.convention.clock import LONGEST_PAUSE, FastClock

NINE = datetime(2026, 12, 18, 9, tzinfo=UTC)


def test_pauses_are_cut_and_proportions_kept():
    """Ten minutes, then a night, then ten minutes: the night lasts as long as the longest pause."""
    moments = [
        NINE,
        NINE + timedelta(minutes=10),
        NINE + timedelta(hours=14),
        NINE + timedelta(hours=14, minutes=10),
    ]
    seconds = 40.0
    clock = FastClock(moments, seconds)
    whole = 20 + LONGEST_PAUSE / timedelta(minutes=1)
    expected = [0, 10 / whole, 1 - 10 / whole, 1]
    assert [clock.second_of(moment) for moment in moments] == pytest.approx(
        [seconds * share for share in expected]
    )


@pytest.mark.parametrize(
    ("there", "found", "exact"), [(5, None, True), (5, 5, True), (4, 5, False), (5, 6, False)]
)
def test_a_figure_is_exact_or_it_is_not(there: int, found: int | None, exact: bool):
    """One more is as wrong as one less, in the stores and in the index."""
    assert Line("projects", 5, there, found).exact is exact
