"""State and events by one write: what was acknowledged is published, whatever was away in between."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from typing import Any

import eventlet
import msgspec
import pytest
from nameko.exceptions import RemoteError
from nameko.standalone.rpc import ClusterRpcProxy

from messaging.contracts.types import Event, routing_key
from messaging.envelope import decode, wrap
from messaging.on_nameko import Stores, command
from messaging.on_nameko.outlet import CONFIRM_TIMEOUT_SECONDS
from messaging.on_nameko.publisher import ConfirmedPublisher
from messaging.topology import events_exchange
from tests.integration.nameko.broker_desk import Desk, eventually
from tests.integration.nameko.conftest import Serve
from tests.integration.nameko.faulty_link import FaultyLink
from tests.integration.nameko.probe_store import BellDocument, Bells, cast
from tests.integration.nameko.probe_words import Heard, Rang, Ring, Rung


class BellTower:
    """Keeps bells."""

    name = "belltower"
    stores = Stores(bells=Bells)

    @command(Ring)
    def ring(self, command: Ring) -> Rung:
        """Keep one."""
        return cast(command, self.stores.bells)


@pytest.fixture
def tower(serve: Serve) -> Iterator[Any]:
    """Starts the service and calls it by nameko's client: `tower(**config)`; stopped after the test."""
    opened: list[Any] = []

    def start(caller_url: str, **config: Any) -> Any:
        container = serve(BellTower, **config)
        cluster = ClusterRpcProxy({"AMQP_URI": caller_url}, timeout=15)
        opened.extend([container, cluster])
        return cluster.start().belltower

    yield start
    for one in reversed(opened):
        one.stop()


@pytest.fixture
def ear(desk: Desk) -> Iterator[Any]:
    """A queue that hears an event: `ear(Rang)` names it. Deleted after the test."""
    queues: list[str] = []

    def listen(event: type[Event]) -> str:
        exchange = events_exchange(event)
        desk.channel.exchange_declare(exchange, "topic", durable=True, auto_delete=False)
        queue, _, _ = desk.channel.queue_declare(exclusive=True, auto_delete=False)
        desk.channel.queue_bind(queue, exchange, routing_key(event))
        queues.append(queue)
        return str(queue)

    yield listen
    for queue in queues:
        desk.channel.queue_delete(queue)


def pending(id: str) -> int:
    """How many events of a bell wait in the outbox."""
    return int(BellDocument._get_collection().find_one({"_id": id})["pending"])


def a_bell() -> str:
    """A name that no other test uses."""
    return f"bell-{uuid.uuid4().hex[:8]}"


def test_one_write_then_the_event(tower: Any, ear: Any, desk: Desk, broker_url: str):
    """The event follows the write, in an envelope with the aggregate and its version; the outbox is empty then."""
    heard, rang = ear(Heard), ear(Rang)
    rung = tower(broker_url).ring(bell=a_bell(), command_id=uuid.uuid4().hex)
    for queue in (heard, rang):
        message = desk.take(queue)
        envelope = decode(message.body)
        assert (envelope.aggregate, envelope.seq) == (rung["bell"], 1)
        assert envelope.correlation_id
        assert message.properties["delivery_mode"] == 2
        assert message.properties["message_id"] == envelope.id
    eventually(lambda: pending(rung["bell"]) == 0)


def test_a_retry_has_one_effect(tower: Any, ear: Any, desk: Desk, broker_url: str):
    """The same key answers the same id and makes no second event; the same key with other content is refused."""
    heard = ear(Heard)
    ring, bell, key = tower(broker_url).ring, a_bell(), uuid.uuid4().hex
    assert ring(bell=bell, command_id=key) == ring(bell=bell, command_id=key)
    with pytest.raises(RemoteError) as refusal:
        ring(bell=bell, times=9, command_id=key)
    assert refusal.value.exc_type == "IdempotencyKeyReused"
    desk.take(heard)
    eventlet.sleep(0.3)
    assert desk.waiting(heard) == 0


def test_an_unheard_event_waits_until_somebody_listens(tower: Any, ear: Any, desk: Desk, broker_url: str):
    """What must be heard stays in the outbox without a queue; what need not be heard goes out at once."""
    rung = tower(broker_url).ring(bell=a_bell(), command_id=uuid.uuid4().hex)
    eventually(lambda: pending(rung["bell"]) == 1)
    heard = ear(Heard)
    assert decode(desk.take(heard).body).aggregate == rung["bell"]
    eventually(lambda: pending(rung["bell"]) == 0)


def test_the_broker_away_loses_nothing(serve: Serve, link: FaultyLink, ear: Any, desk: Desk):
    """Writes are kept while the broker is away; when it is back their events go out, each aggregate's in order."""
    heard = ear(Heard)
    container = serve(BellTower, AMQP_URI=link.url)
    bells = next(one for one in container.dependencies if isinstance(one, Stores))._opened["bells"]
    link.cut()
    eventually(lambda: not container.is_ready())
    rung = [cast(Ring(bell=a_bell(), command_id=uuid.uuid4().hex), bells).bell for _ in range(20)]
    eventlet.sleep(1)
    assert all(pending(id) == 2 for id in rung)
    link.mend()
    told = {decode(desk.take(heard).body).aggregate for _ in rung}
    assert told == set(rung)
    eventually(lambda: not any(pending(id) for id in rung))
    eventually(container.is_ready)
    container.stop()


def test_a_broker_that_says_nothing_costs_one_timeout(serve: Serve, link: FaultyLink, ear: Any):
    """Not one for each event of a batch. Afterwards it goes on, and no receipt is left of the unconfirmed."""
    ear(Heard)
    container = serve(BellTower, AMQP_URI=link.url)
    publisher = next(one for one in container.extensions if isinstance(one, ConfirmedPublisher))
    assert len(publisher.publish_events(entries(3))) == 3
    link.stall()
    began = time.monotonic()
    assert publisher.publish_events(entries(50)) == set()
    assert time.monotonic() - began < CONFIRM_TIMEOUT_SECONDS + 2
    link.flow()
    assert eventually(lambda: publisher.publish_events(entries(1)))
    eventually(lambda: not publisher.outlet._unconfirmed)
    assert not publisher.outlet._by_message
    container.stop()


def entries(count: int) -> list[dict[str, Any]]:
    """Outbox entries of an event that must be heard."""
    made = []
    for _ in range(count):
        envelope = wrap(Heard(bell="big"), aggregate="b1", seq=1)
        where = {"exchange": "probe.events", "key": "heard", "mandatory": True}
        made.append({"id": envelope.id, **where, "envelope": msgspec.to_builtins(envelope)})
    return made


def test_a_store_that_is_away_is_unavailable_soon(tower: Any, broker_url: str):
    """A command answers `Unavailable` within three seconds, and the service is not ready."""
    nobody = eventlet.listen(("127.0.0.1", 0))
    port = nobody.getsockname()[1]
    nobody.close()
    service = tower(broker_url, mongodb_url=f"mongodb://127.0.0.1:{port}")
    began = time.monotonic()
    with pytest.raises(RemoteError) as refusal:
        service.ring(bell=a_bell())
    assert refusal.value.exc_type == "Unavailable"
    assert time.monotonic() - began < 3
