"""nameko needs eventlet's patches before anything else: this folder runs in a pytest call of its own."""

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # eventlet announces its old age
    import eventlet

eventlet.monkey_patch()

# ruff: noqa: E402
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from messaging.on_nameko.runner import BusContainer
from tests.integration.nameko.broker_desk import Desk
from tests.integration.nameko.faulty_link import FaultyLink

DELAYS_MS = (60, 120)
Serve = Callable[..., BusContainer]


@pytest.fixture(scope="session")
def desk(broker_url: str) -> Iterator[Desk]:
    """A plain AMQP client beside everything that is ours."""
    with Desk(broker_url) as opened:
        yield opened


@pytest.fixture
def link(broker_url: str) -> Iterator[FaultyLink]:
    """A way to the broker that a test may cut and mend."""
    with FaultyLink(broker_url) as opened:
        yield opened


@pytest.fixture(scope="module")
def serve(broker_url: str, mongodb_url: str) -> Iterator[Serve]:
    """Starts a service class in this process, with short delays; all are stopped after the last test of a file."""
    started: list[BusContainer] = []

    def start(service: type, **config: Any) -> BusContainer:
        defaults = {
            "AMQP_URI": broker_url,
            "mongodb_url": mongodb_url,
            "max_workers": 8,
            "retry_delays_ms": DELAYS_MS,
        }
        container = BusContainer(service, {**defaults, **config})
        started.append(container)
        container.start()
        return container

    yield start
    stopping = [eventlet.spawn(container.stop) for container in started]
    for one in stopping:
        one.wait()
