"""Events over the broker: what a handler cannot do is neither lost nor in the way."""

from __future__ import annotations

import gc
import os
import time
from itertools import pairwise
from typing import Any

import eventlet
import pytest
from eventlet.event import Event as Signal
from nameko.containers import ServiceContainer
from nameko.events import event_handler as stock_event_handler

from messaging import topology
from messaging.contracts.errors import Unavailable
from messaging.envelope import Envelope
from messaging.on_nameko import event_batch_handler, event_handler
from tests.integration.nameko.broker_desk import Desk, eventually
from tests.integration.nameko.conftest import DELAYS_MS, Serve
from tests.integration.nameko.probe_words import Rang, named

TRIES = len(DELAYS_MS) + 1


class Listener:
    """Keeps what it hears; a bell's name decides what goes wrong."""

    heard: list[tuple[str, float]]

    @event_handler(Rang)
    def on_rang(self, envelope: Envelope, event: Rang) -> None:
        """Note the bell, then fail or hang if it is that kind of bell."""
        self.heard.append((event.bell, time.monotonic()))
        tries = sum(bell == event.bell for bell, _ in self.heard)
        if event.bell.startswith("poison"):
            raise ValueError("the bell is cracked")
        if event.bell.startswith("away") and tries <= TRIES + 2:
            raise Unavailable("the store is away")
        if event.bell.startswith("hang") and tries == 1:
            with eventlet.Timeout(0.01):
                eventlet.sleep(60)


@pytest.fixture(scope="module")
def listener(serve: Serve) -> Any:
    """A running listener class: `.name`, `.queue`, `.heard`."""
    service: Any = named(type("Listener", (Listener,), {"heard": []}))
    serve(service)
    service.queue = topology.event_queue(Rang, service.name, "on_rang")
    return service


def bells(listener: Any) -> list[str]:
    """The bells heard, one entry for each try."""
    return [bell for bell, _ in listener.heard]


def test_an_event_arrives_typed(listener: Any, desk: Desk):
    """The handler gets the envelope and the event."""
    desk.tell(Rang(bell="plain"))
    eventually(lambda: "plain" in bells(listener))


@pytest.mark.parametrize("body", [b"", b"no json \xff\x00", b'"text"', b"[" * 100_000, b'{"id": "1"}'])
def test_garbage_is_parked_as_it_came(listener: Any, desk: Desk, body: bytes):
    """Byte for byte, with its headers, the reason, the queue it came from and the time."""
    desk.send(body, "probe.events", "rang", application_headers={"kept": "yes"}, content_type="text/odd")
    parked = desk.take(topology.parked_queue(listener.name))
    assert parked.body == body
    assert parked.headers["kept"] == "yes"
    assert parked.properties["content_type"] == "text/odd"
    assert parked.headers[topology.REASON]
    assert parked.headers[topology.ORIGIN_QUEUE] == listener.queue
    assert parked.headers[topology.PARKED_AT].endswith("Z")


def test_an_unknown_version_is_parked(listener: Any, desk: Desk):
    """A version 2 under the key of version 1 is not guessed at."""
    body = (
        b'{"id":"e2","type":"probe.rang.v2","version":2,"aggregate":"a","seq":1,"time":"2027-01-01T00:00:00Z",'
        b'"data":{"type":"probe.rang.v2","bell":"big"}}'
    )
    desk.send(body, "probe.events", "rang")
    parked = desk.take(topology.parked_queue(listener.name))
    assert parked.body == body
    assert "probe.rang.v2" in parked.headers[topology.REASON]


def test_poison_goes_down_the_ladder_and_is_parked(listener: Any, desk: Desk):
    """It is tried after each wait and parked after the last; its neighbours do not wait for it."""
    began = time.monotonic()
    desk.tell(Rang(bell="poison"))
    for number in range(20):
        desk.tell(Rang(bell=f"neighbour-{number}"))
    eventually(lambda: sum(bell.startswith("neighbour") for bell in bells(listener)) == 20)
    parked = desk.take(topology.parked_queue(listener.name))
    tries = [at for bell, at in listener.heard if bell == "poison"]
    assert len(tries) == TRIES
    waits = [later - earlier for earlier, later in pairwise(tries)]
    assert all(wait >= delay / 1000 for wait, delay in zip(waits, DELAYS_MS, strict=True))
    neighbours = [at - began for bell, at in listener.heard if bell.startswith("neighbour")]
    assert max(neighbours) < tries[-1] - began
    assert parked.headers[topology.ATTEMPT] == len(DELAYS_MS)
    assert parked.headers[topology.REASON] == "ValueError: the bell is cracked"


def test_a_store_that_is_away_parks_nothing(listener: Any, desk: Desk):
    """`Unavailable` is not the event's fault: it is tried beyond the last rung, until it works."""
    desk.tell(Rang(bell="away"))
    eventually(lambda: bells(listener).count("away") == TRIES + 3)
    assert desk.waiting(topology.parked_queue(listener.name)) == 0


def test_an_interrupted_handler_is_tried_again(listener: Any, desk: Desk):
    """`eventlet.Timeout` is a BaseException; nameko would keep the message unacknowledged for ever."""
    for number in range(20):  # more than the prefetch: one slot leaked by each would stop the queue
        desk.tell(Rang(bell=f"hang-{number}"))
    eventually(lambda: sum(bell.startswith("hang") for bell in bells(listener)) == 40)


def test_a_strange_attempt_header_does_no_harm(listener: Any, desk: Desk):
    """A header that is none of ours counts as no attempt."""
    desk.send(
        b'{"id":"e3","type":"probe.rang.v1","version":1,"aggregate":"a","seq":1,"time":"2027-01-01T00:00:00Z",'
        b'"data":{"type":"probe.rang.v1","bell":"poison-odd"}}',
        "probe.events",
        "rang",
        application_headers={topology.ATTEMPT: "many"},
    )
    desk.take(topology.parked_queue(listener.name))
    assert bells(listener).count("poison-odd") == TRIES


class Crowd:
    """Handles many at once."""

    batches: list[list[str]]

    @event_batch_handler(Rang, max_batch=200, linger=0.05)
    def on_many(self, envelopes: list[Envelope]) -> None:
        """Note the batch, or refuse it whole when one is poisoned."""
        batch = [envelope.data["bell"] for envelope in envelopes]
        if "poison" in batch:
            raise ValueError("one of these is cracked")
        self.batches.append(batch)


def test_one_poison_among_many(serve: Serve, desk: Desk):
    """A batch that fails is halved until the poison is alone: all others are handled, once, in few calls.

    SUBVENUE_TEST_AMONG=10000 makes it more.
    """
    many = int(os.environ.get("SUBVENUE_TEST_AMONG", "300"))
    service: Any = named(type("Crowd", (Crowd,), {"batches": []}))
    container = serve(service)
    for number in range(many):
        desk.tell(Rang(bell="poison" if number == 137 else f"bell-{number}"))
    eventually(lambda: sum(map(len, service.batches)) == many - 1, seconds=300)
    parked = desk.take(topology.parked_queue(service.name))
    assert b"poison" in parked.body
    if many == 300:
        assert len(service.batches) < 40
    handled = [bell for batch in service.batches for bell in batch]
    assert len(set(handled)) == many - 1
    container.stop()


class Slow:
    """Takes its time, until the test lets it go on."""

    go_on: Any
    begun: list[str]

    @event_handler(Rang)
    def on_rang(self, envelope: Envelope, event: Rang) -> None:
        """Wait."""
        self.begun.append(event.bell)
        self.go_on.wait()


def test_a_slow_consumer_holds_no_more_than_its_prefetch(serve: Serve, desk: Desk):
    """Whatever comes waits at the broker, not in the process; nothing of it is lost."""
    service: Any = named(type("Slow", (Slow,), {"go_on": Signal(), "begun": []}))
    container = serve(service)
    queue, workers = topology.event_queue(Rang, service.name, "on_rang"), container.max_workers
    try:
        for number in range(2_000):
            desk.tell(Rang(bell=f"slow-{number}"))
        eventually(lambda: desk.waiting(queue) == 2_000 - workers, seconds=30)
        eventually(lambda: len(service.begun) == workers, seconds=30)
        eventlet.sleep(0.5)
        envelopes = [one for one in gc.get_objects() if isinstance(one, Envelope)]
        held = [
            one for one in envelopes if one.data.get("bell", "").startswith("slow-")
        ]  # garbage of other tests is not ours
        assert len(service.begun) == workers
        assert workers <= len(held) <= 2 * workers
    finally:
        service.go_on.send()  # or nobody could stop it
    eventually(lambda: len(set(service.begun)) == 2_000, seconds=60)
    container.stop()


class Stock:
    """A service on nothing but nameko."""

    payloads: list[Any]

    @stock_event_handler("probe", "rang")
    def on_rang(self, payload: Any) -> None:
        """Keep what came."""
        self.payloads.append(payload)


def test_plain_nameko_receives_our_events(broker_url: str, desk: Desk, listener: Any):
    """A stock `event_handler` gets the envelope as its payload, beside our own handlers."""
    service: Any = named(type("Stock", (Stock,), {"payloads": []}))
    container = ServiceContainer(service, {"AMQP_URI": broker_url})
    container.start()
    try:
        envelope_id = desk.tell(Rang(bell="shared"))
        eventually(lambda: service.payloads)
        assert service.payloads[0]["id"] == envelope_id
        assert service.payloads[0]["data"] == {"type": "probe.rang.v1", "bell": "shared"}
        eventually(lambda: "shared" in bells(listener))
    finally:
        container.stop()


def test_nothing_stays_unacknowledged(serve: Serve, desk: Desk):
    """After poison, garbage and interruptions the queue is empty, also when its consumer is gone."""
    service: Any = named(type("Listener", (Listener,), {"heard": []}))
    container = serve(service)
    for bell in ("hang", "poison", "plain"):
        desk.tell(Rang(bell=bell))
    desk.send(b"garbage", "probe.events", "rang")
    parked = topology.parked_queue(service.name)
    eventually(lambda: desk.waiting(parked) == 2)
    eventually(lambda: bells(service).count("hang") == 2)
    container.stop()
    assert desk.waiting(topology.event_queue(Rang, service.name, "on_rang")) == 0
