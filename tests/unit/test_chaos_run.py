"""The parts of the chaos run that need no conference: its plan and its picture."""

from __future__ import annotations

import itertools
from random import Random
from xml.etree import ElementTree

from tests.chaos.history import History
from tests.chaos.nemesis import COMPONENTS, plan
from tests.chaos.timeline import svg


def first(count: int, seed: int) -> list[tuple[str, str, float]]:
    """The first strikes of a plan."""
    return list(itertools.islice(plan(Random(seed)), count))


def test_a_seed_decides_the_plan():
    """The same seed strikes alike, another does not."""
    assert first(50, seed=1) == first(50, seed=1)
    assert first(50, seed=1) != first(50, seed=2)


def test_nobody_is_spared():
    """The first round kills each component; later ones also freeze and stop."""
    strikes = first(len(COMPONENTS) * 5, seed=3)
    assert {name for name, _, _ in strikes[: len(COMPONENTS)]} == set(COMPONENTS)
    assert {fault for _, fault, _ in strikes[: len(COMPONENTS)]} == {"SIGKILL"}
    assert {fault for _, fault, _ in strikes} == {"SIGKILL", "SIGSTOP", "SIGTERM"}


def test_the_timeline_shows_every_strike(tmp_path):
    """A valid picture with a row for each component and a mark for each strike."""
    history = History(tmp_path / "history.jsonl")
    history.note("acknowledged", kind="project", key="k", id="a")
    for fault in ("SIGKILL", "SIGSTOP"):
        history.note("struck", component="jobs", fault=fault)
    picture = ElementTree.fromstring(svg(history, COMPONENTS))
    marks = picture.findall("{*}circle")
    words = [one.text for one in picture.findall("{*}text")]
    assert len(marks) == 2
    assert set(COMPONENTS) <= set(words)
    history.close()
    assert len((tmp_path / "history.jsonl").read_text().splitlines()) == 3
