"""Media nodes for the tests of this folder."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.integration.media.node_process import Node


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """One node for the tests of a file; each test has a session of its own."""
    running = Node(tmp_path_factory.mktemp("media"))
    yield running
    assert running.stop() == 0, "".join(running.raw)


@pytest.fixture
def start_node(tmp_path: Path) -> Iterator[Callable[..., Node]]:
    """Starts nodes that a test may end as it likes."""
    started: list[Node] = []

    def start(**environment: str) -> Node:
        started.append(Node(tmp_path, environment))
        return started[-1]

    yield start
    for running in started:
        running.stop()


@pytest.fixture
def session_id() -> str:
    """A session that nobody else uses."""
    return f"session-{secrets.token_hex(4)}"
