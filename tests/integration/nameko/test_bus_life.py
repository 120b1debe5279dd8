"""How a process begins and ends: readiness, SIGTERM under load, a broker that is away."""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import eventlet
import pytest
from eventlet.green import subprocess
from nameko.exceptions import UnknownService
from nameko.standalone.rpc import ClusterRpcProxy
from pymongo import MongoClient

from messaging import topology
from messaging.on_nameko import consumer, event_handler
from messaging.on_nameko.runner import BusContainer
from tests.integration.nameko.broker_desk import Desk, eventually
from tests.integration.nameko.conftest import DELAYS_MS
from tests.integration.nameko.faulty_link import FaultyLink
from tests.integration.nameko.probe_words import Rang, named
from tests.reconnects import nameko_side

ROOT = Path(__file__).resolve().parents[3]
SERVICE = "tests.integration.nameko.probe_process"


@pytest.fixture
def process(mongodb_url: str) -> Iterator[Callable[[str], Any]]:
    """Starts the bell tower as a process, with an empty store; what still runs in the end is killed."""
    started: list[Any] = []
    with MongoClient(mongodb_url) as client:
        client.drop_database("subvenue_belltower")

    def start(amqp_url: str) -> Any:
        settings = {"SUBVENUE_AMQP_URL": amqp_url, "SUBVENUE_MONGODB_URL": mongodb_url, "SUBVENUE_WORKERS": "8"}
        command = [sys.executable, "-W", "ignore", "-m", SERVICE]
        started.append(subprocess.Popen(command, cwd=ROOT, env={**os.environ, **settings}))
        return started[-1]

    yield start
    for one in started:
        if one.poll() is None:
            one.kill()
            one.wait()


def call(url: str, bell: str, key: str) -> str:
    """Ring once, as soon as the service is there; the id that was acknowledged."""

    def answer(cluster: Any) -> str:
        try:
            return str(cluster.belltower.ring(bell=bell, command_id=key)["bell"])
        except UnknownService:
            return ""

    with ClusterRpcProxy({"AMQP_URI": url}, timeout=20) as cluster:
        return str(eventually(lambda: answer(cluster), seconds=30))


def keep_ringing(url: str, acknowledged: dict[str, str], running: list[bool]) -> None:
    """Ring bells under keys of their own, and each unanswered one again with its key."""
    with ClusterRpcProxy({"AMQP_URI": url}, timeout=20) as cluster:
        while running:
            key = uuid.uuid4().hex
            acknowledged[key] = cluster.belltower.ring(bell=f"b-{key}", command_id=key)["bell"]


def test_sigterm_under_load(process: Callable[[str], Any], desk: Desk, broker_url: str, mongodb_url: str):
    """A stop finishes what is under way and exits 0; the next process does the rest, and all has one effect."""
    first = process(broker_url)
    call(broker_url, f"b-{uuid.uuid4().hex}", uuid.uuid4().hex)  # up
    acknowledged: dict[str, str] = {}
    running = [True]
    clients = [eventlet.spawn(keep_ringing, broker_url, acknowledged, running) for _ in range(6)]
    eventually(lambda: len(acknowledged) > 60, seconds=40)
    first.send_signal(signal.SIGTERM)
    assert first.wait(timeout=30) == 0
    before = len(acknowledged)
    second = process(broker_url)
    eventually(lambda: len(acknowledged) > before + 30, seconds=40)
    running.clear()
    for client in clients:
        client.wait()
    with MongoClient(mongodb_url) as client:
        bells = client["subvenue_belltower"]["bells"]
        assert set(acknowledged.values()) <= {found["_id"] for found in bells.find({}, {"_id": 1})}
        assert len(set(acknowledged.values())) == len(acknowledged)
        eventually(lambda: not bells.count_documents({"pending": {"$gt": 0}}), seconds=40)
    queue = topology.event_queue(Rang, "belltower", "on_rang")
    eventually(lambda: desk.waiting(queue) == 0, seconds=40)
    second.send_signal(signal.SIGTERM)
    assert second.wait(timeout=30) == 0
    assert desk.waiting(queue) == 0, "a stop gave back what it had done"


@pytest.mark.parametrize("was_up", [False, True])
def test_sigterm_while_the_broker_is_away(process: Callable[[str], Any], link: FaultyLink, was_up: bool):
    """Nobody to say good-bye to: the process still ends in order, and soon."""
    if was_up:
        running = process(link.url)
        call(link.url, f"b-{uuid.uuid4().hex}", uuid.uuid4().hex)
        link.cut()
    else:
        link.cut()
        running = process(link.url)
        eventlet.sleep(3)  # it has begun to look for the broker; there is nothing to ask it by
    running.send_signal(signal.SIGTERM)
    began = time.monotonic()
    assert running.wait(timeout=30) == 0
    assert time.monotonic() - began < 12


class Listener:
    """Hears bells."""

    @event_handler(Rang)
    def on_rang(self, envelope: Any, event: Rang) -> None:
        """Do nothing."""


def a_container(service: type, broker_url: str) -> BusContainer:
    """The container of a service, not started."""
    config = {"AMQP_URI": broker_url, "max_workers": 4, "retry_delays_ms": DELAYS_MS}
    return BusContainer(named(type("Listener", (service,), {})), config)


def test_changed_queue_arguments_are_never_ready(broker_url: str, desk: Desk):
    """A queue that exists with other arguments is not consumed: readiness says so, and a stop still works."""
    container = a_container(Listener, broker_url)
    queue = topology.event_queue(Rang, container.service_name, "on_rang")
    desk.channel.queue_declare(queue, durable=True, auto_delete=False)  # a classic queue
    starting = eventlet.spawn(container.start)
    eventlet.sleep(3)
    assert not container.is_ready()
    container.stop()
    starting.wait()
    desk.channel.queue_delete(queue)


def test_readiness_follows_the_broker(link: FaultyLink, broker_url: str):
    """Ready when the consumers are confirmed, not ready when the connection breaks, ready again by itself."""
    container = a_container(Listener, link.url)
    container.start()
    assert container.is_ready()
    threads = len(container._managed_threads)
    for _ in range(5):
        link.cut()
        eventually(lambda: not container.is_ready())
        link.mend()
        eventually(container.is_ready)
    assert len(container._managed_threads) == threads, "a reconnection left a greenlet behind"
    container.stop()


def test_a_silent_link_is_given_up(link: FaultyLink, monkeypatch: pytest.MonkeyPatch):
    """Half a connection says nothing and never ends: missing heartbeats end it, and the process is ready again."""
    monkeypatch.setattr(consumer, "HEARTBEAT_SECONDS", 1)
    container = a_container(Listener, link.url)
    container.start()
    link.stall()
    eventually(lambda: not container.is_ready())
    link.cut()  # what was stalled stays so
    link.flow()
    link.mend()
    eventually(container.is_ready)
    container.stop()


@pytest.fixture
def unlogged() -> Iterator[None]:
    """Logs off: the records that pytest keeps hold on to exceptions, and they to connections."""
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


def test_nothing_is_left_over(broker_url: str, unlogged: None):
    """Neither greenlets nor channels nor file descriptors grow with the number of reconnections."""
    before, after = nameko_side.reconnect(broker_url, 20)
    assert all(after[name] <= before[name] for name in before), (before, after)
