"""A share of `make simulate`, and what it would be worth: planted bugs are found, a seed is a schedule."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.simulation.machine import machine
from tests.simulation.planted import BUGS
from tests.simulation.schedule import Broken, play, tally

#: So many schedules find every planted bug several times over.
SCHEDULES = 400
STORIES = settings(
    max_examples=60,
    stateful_step_count=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


def test_nothing_is_lost_or_doubled():
    """With a crash, an overtaking or a lost answer between any two effects; and all of these do happen."""
    happened: Counter[str] = Counter()
    for seed in range(SCHEDULES):
        happened += tally(play(seed))
    assert len(happened) == 9, f"some of it never happened: {happened}"


def test_no_story_breaks_a_promise():
    """Hypothesis looks for one in its own way."""
    run_state_machine_as_test(machine(), settings=STORIES)


@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_bug_is_found(bug: str):
    """A simulation that overlooks such bugs would prove nothing."""
    with pytest.raises(Broken):
        any(play(seed, **BUGS[bug]) is None for seed in range(4 * SCHEDULES))


@pytest.mark.parametrize("bug", ["lets a newer event pass an older one", "acknowledges before the effect"])
def test_hypothesis_finds_bugs_too(bug: str):
    """The state machine is as strict as the schedules."""
    thorough = settings(STORIES, max_examples=600, stateful_step_count=60, phases=[Phase.generate])
    with pytest.raises(AssertionError):
        run_state_machine_as_test(machine(**BUGS[bug]), settings=thorough)


def test_a_seed_is_a_schedule():
    """The same seed gives the same effects in the same order, so that what was found can be looked at."""

    def effects(seed: int) -> Any:
        return play(seed).stage.trace

    assert effects(7) == effects(7) != effects(8)
