"""Three processes relay one store's events at the same time: each has one effect, and no count goes wrong."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mongoengine
import msgspec
import pytest
from eventlet.green import subprocess
from pymongo import MongoClient
from pymongo.collection import Collection

from messaging import topology
from messaging.contracts.types import routing_key
from tests.integration.nameko.broker_desk import Desk, eventually
from tests.integration.nameko.probe_store import Bells, cast
from tests.integration.nameko.probe_words import Rang, Ring

ROOT = Path(__file__).resolve().parents[3]
BELLS = 400


@pytest.fixture
def pending(mongodb_url: str) -> Iterator[Collection[Any]]:
    """A store of bells whose events nobody has published yet."""
    with MongoClient(mongodb_url) as client:
        client.drop_database("subvenue_belltower")
        mongoengine.connect("subvenue_belltower", alias="belltower", host=mongodb_url)
        bells = Bells(wake=lambda *_: None)
        for number in range(BELLS):
            cast(Ring(bell=f"bell-{number}", command_id=f"relays-{number}"), bells, tells=[Rang])
        yield client["subvenue_belltower"]["bells"]
        mongoengine.disconnect("belltower")


def test_three_processes_at_once(pending: Collection[Any], desk: Desk, broker_url: str, mongodb_url: str):
    """All find the same events left behind; every one arrives, under one id, and the outboxes end empty."""
    queue, exchange = "test-relays-at-once", topology.events_exchange(Rang)
    desk.channel.exchange_declare(exchange, "topic", durable=True, auto_delete=False)
    desk.channel.queue_declare(queue, auto_delete=False)
    desk.channel.queue_bind(queue, exchange, routing_key(Rang))
    settings = {"SUBVENUE_AMQP_URL": broker_url, "SUBVENUE_MONGODB_URL": mongodb_url, "SUBVENUE_WORKERS": "8"}
    command = [sys.executable, "-W", "ignore", "-m", "tests.integration.nameko.probe_process"]
    started = [subprocess.Popen(command, cwd=ROOT, env={**os.environ, **settings}) for _ in range(3)]
    try:
        eventually(lambda: not pending.count_documents({"pending": {"$ne": 0}}), seconds=60)
        for one in started:
            one.send_signal(signal.SIGTERM)
        assert [one.wait(timeout=40) for one in started] == [0, 0, 0]
    finally:
        for one in started:
            if one.poll() is None:
                one.kill()
                one.wait()
    assert all(bell["outbox"] == {} and bell["pending"] == 0 for bell in pending.find({}))
    told: dict[str, set[str]] = {}
    while (message := desk.channel.basic_get(queue, no_ack=True)) is not None:
        envelope = msgspec.json.decode(message.body)
        told.setdefault(envelope["aggregate"], set()).add(envelope["id"])
    desk.channel.queue_delete(queue)
    assert len(told) == BELLS
    assert all(len(ids) == 1 for ids in told.values())
