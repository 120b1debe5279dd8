"""Which node a publisher and a viewer get: by region, by what a node has already, and by load."""

from __future__ import annotations

from typing import Any

import pytest

from messaging.contracts.errors import Unavailable
from messaging.contracts.streaming import StageEmpty
from services.streaming.control.settings import fallbacks_of
from services.streaming.domain.placement import Node, node_to_publish, node_to_watch
from services.streaming.domain.session import Session, Stage

FALLBACKS = fallbacks_of("eu:us,asia; asia:us")


@pytest.fixture
def session() -> Session:
    """A session whose stage is on the node called a."""
    found = Session.__new__(Session)
    found.id, found.stage = "ses_1", Stage("a", 1)
    return found


def a_node(name: str, region: str = "", viewers: int = 0, **more: Any) -> Node:
    return Node(name, f"http://{name}", region=region, viewers=viewers, capacity=100, **more)


def watch(session: Session, *nodes: Node, region: str = "") -> tuple[str, str]:
    """The names of the node and of its origin."""
    place = node_to_watch(session, nodes, region, FALLBACKS)
    return place.node.name, place.origin.name if place.origin else ""


def test_who_has_the_stage_serves_it(session: Session) -> None:
    """Without a region, viewers go to the origin until it is full."""
    assert watch(session, a_node("a", viewers=99), a_node("b")) == ("a", "")
    assert watch(session, a_node("a", viewers=100), a_node("b")) == ("b", "a")


def test_a_node_that_pulls_already_comes_before_one_that_would_have_to(session: Session) -> None:
    """So a session crosses the sea once, however many watch."""
    puller = a_node("c", viewers=50, relays={"ses_1": "a"})
    assert watch(session, a_node("a", viewers=100), a_node("b"), puller) == ("c", "a")


def test_viewers_stay_in_their_region(session: Session) -> None:
    """The nearest free node serves them, and pulls from the origin."""
    origin, near = a_node("a", "asia"), a_node("b", "eu", viewers=50)
    assert watch(session, origin, near, region="eu") == ("b", "a")
    assert watch(session, origin, near, region="asia") == ("a", "")


@pytest.mark.parametrize(
    ("free", "wanted"),
    [(("eu", "us", "asia"), "eu"), (("us", "asia"), "us"), (("asia", "sea"), "asia"), (("sea",), "sea")],
)
def test_the_list_of_fallbacks(session: Session, free: tuple[str, ...], wanted: str) -> None:
    """A region without a free node falls back in the order that the operator has set; unlisted ones come last."""
    nodes = [a_node(f"in-{region}", region) for region in free]
    full = a_node("a", "sea", viewers=100)
    assert watch(session, full, *nodes, region="eu") == (f"in-{wanted}", "a")


def test_load_decides_between_equals(session: Session) -> None:
    """Of two nodes in the same region the emptier one."""
    nodes = [a_node("a", "asia"), a_node("b", "eu", viewers=9), a_node("c", "eu", viewers=3)]
    assert watch(session, *nodes, region="eu") == ("c", "a")


def test_cordoned_nodes_get_nobody(session: Session) -> None:
    """A cordoned origin is still pulled from."""
    assert watch(session, a_node("a", cordoned=True), a_node("b")) == ("b", "a")
    assert node_to_publish(session, [a_node("a", cordoned=True), a_node("b")], "", FALLBACKS).name == "b"
    with pytest.raises(Unavailable):
        watch(session, a_node("a", cordoned=True))
    with pytest.raises(Unavailable):
        node_to_publish(session, [], "", FALLBACKS)


def test_publishers(session: Session) -> None:
    """One who replaces another goes where the viewers are; a new one to its region, then where least is on."""
    busy, idle = a_node("a", "asia", stages={"ses_1": 1, "ses_2": 1}), a_node("b", "eu")
    assert node_to_publish(session, [busy, idle], "eu", FALLBACKS).name == "a"
    session.stage = None
    assert node_to_publish(session, [busy, idle], "asia", FALLBACKS).name == "a"
    assert node_to_publish(session, [busy, idle], "", FALLBACKS).name == "b"


def test_nobody_publishes(session: Session) -> None:
    """Where no node that is alive has the stage, there is nothing to watch; a node's own word counts too."""
    with pytest.raises(StageEmpty):
        watch(session, a_node("b"))
    assert watch(session, a_node("b", stages={"ses_1": 5})) == ("b", "")
