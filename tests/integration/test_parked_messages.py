"""Parked messages on a real broker: looked at, replayed, discarded, and never lost on the way."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import subprocess
import sys
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiormq
import pytest
from pamqp.commands import Basic

from messaging import topology
from messaging.contracts.streaming import StageOpened
from messaging.on_asyncio import Bus, BusUnavailable
from messaging.parked import NoOrigin, NotParked, ParkedMessages
from messaging.parked.queue import RENEWED_AFTER

ROOT = Path(__file__).resolve().parents[2]
GARBAGE = b"\xff not json"
PATIENCE = 20


class Place:
    """A parked queue of its own and a queue that its messages came from."""

    def __init__(self, url: str) -> None:
        self.service = f"svc{uuid.uuid4().hex[:8]}"
        self.parked_queue = topology.parked_queue(self.service)
        self.origin = f"evt-test-{uuid.uuid4().hex[:8]}"
        self.url = url
        self.messages = ParkedMessages(url)

    async def park(self, body: bytes, **headers: object) -> None:
        """Put `body` into the parked queue as a service would."""
        about = {topology.ORIGIN_QUEUE: self.origin, topology.REASON: "Broken: x", topology.ATTEMPT: 5, **headers}
        async with aiormq.connect(self.url) as connection:
            channel = await connection.channel(publisher_confirms=True)
            await channel.queue_declare(self.origin, durable=True)
            await channel.queue_declare(
                self.parked_queue, durable=True, arguments=topology.parked_queue_arguments()
            )
            properties = Basic.Properties(content_type="text/odd", message_id="m1", headers=about)
            await channel.basic_publish(body, routing_key=self.parked_queue, properties=properties)

    async def take(self, queue: str) -> aiormq.abc.DeliveredMessage:
        """The next message of `queue`; its `delivery_tag` is None when there is none."""
        async with aiormq.connect(self.url) as connection:
            channel = await connection.channel()
            return await channel.basic_get(queue, no_ack=True)

    async def remove_origin(self) -> None:
        """Delete the queue that the messages came from."""
        async with aiormq.connect(self.url) as connection:
            await (await connection.channel()).queue_delete(self.origin)


@pytest.fixture
def place(broker_url) -> Place:
    return Place(broker_url)


def test_what_a_service_parks_is_listed_shown_and_replayed(broker_url):
    """From a listener that cannot read a body, to the operator, to a listener that can: once, then gone."""
    place = Place(broker_url)
    heard: list[bytes] = []

    async def never(envelope, event):
        raise AssertionError

    async def scenario():
        async with (
            Bus(broker_url, place.service) as bus,
            bus.listening({StageOpened: never}, queue=place.origin),
            aiormq.connect(broker_url) as connection,
        ):
            channel = await connection.channel()
            await channel.basic_publish(GARBAGE, routing_key=place.origin)
            await until(lambda: place.messages.count(place.service), 1)
        (parked,) = await place.messages.list(place.service)
        shown = await place.messages.show(place.service, parked.id)
        await place.messages.replay(place.service, parked.id)
        heard.append((await place.take(place.origin)).body)
        assert await place.messages.count(place.service) == 0
        return parked, shown

    parked, shown = asyncio.run(scenario())
    assert parked.origin == place.origin
    assert "UnknownEvent" in parked.reason
    assert base64.b64decode(shown.body) == GARBAGE
    assert heard == [GARBAGE]


def test_a_replay_carries_everything_but_the_failures(place):
    """Body, properties and foreign headers go back; the count of attempts begins anew."""

    async def scenario():
        await place.park(GARBAGE, kept="yes")
        (parked,) = await place.messages.list(place.service)
        await place.messages.replay(place.service, parked.id)
        with pytest.raises(NotParked):
            await place.messages.replay(place.service, parked.id)
        return await place.take(place.origin)

    message = asyncio.run(scenario())
    properties = message.header.properties
    assert message.body == GARBAGE
    assert (properties.content_type, properties.message_id, properties.delivery_mode) == ("text/odd", "m1", 2)
    assert properties.headers == {"kept": "yes"}


def test_without_its_queue_a_message_stays_parked(place):
    """A replay that no queue takes is refused, and loses nothing."""

    async def scenario():
        await place.park(b"1")
        await place.remove_origin()
        (parked,) = await place.messages.list(place.service)
        with pytest.raises(NoOrigin):
            await place.messages.replay(place.service, parked.id)
        with pytest.raises(NoOrigin):
            await place.messages.replay_all(place.service)
        return await place.messages.list(place.service)

    assert [one.size for one in asyncio.run(scenario())] == [1]


def test_one_is_discarded_and_its_neighbours_stay(place):
    """Only the message that was named is removed."""

    async def scenario():
        for body in (b"1", b"22", b"333"):
            await place.park(body)
        two = next(one for one in await place.messages.list(place.service) if one.size == 2)
        await place.messages.discard(place.service, two.id)
        with pytest.raises(NotParked):
            await place.messages.show(place.service, two.id)
        return sorted(one.size for one in await place.messages.list(place.service))

    assert asyncio.run(scenario()) == [1, 3]


def test_looking_again_and_again_loses_nothing(place):
    """Each look is a delivery, and RabbitMQ 4 drops what was delivered 20 times: ours is renewed before."""

    async def scenario():
        await place.park(b"1")
        await place.park(b"22")
        seen = [{one.id for one in await place.messages.list(place.service)} for _ in range(2 * RENEWED_AFTER + 5)]
        counts = [(await place.take(place.parked_queue)).header.properties.headers for _ in range(2)]
        return seen, [headers.get("x-delivery-count", 0) for headers in counts]

    seen, counts = asyncio.run(scenario())
    assert all(len(ids) == 2 and ids == seen[0] for ids in seen)
    assert 0 < max(counts) <= RENEWED_AFTER


def test_all_are_replayed(place):
    """Everything parked goes back in order."""

    async def scenario():
        bodies = [str(number).encode() for number in range(50)]
        for body in bodies:
            await place.park(body)
        assert await place.messages.replay_all(place.service) == 50
        assert [(await place.take(place.origin)).body for _ in bodies] == bodies
        return await place.messages.count(place.service)

    assert asyncio.run(scenario()) == 0


def test_a_service_without_a_queue_has_parked_nothing(place):
    """Asking about a service that has never run is no failure."""

    async def scenario():
        assert await place.messages.count(place.service) == 0
        assert await place.messages.list(place.service) == []
        with pytest.raises(NotParked):
            await place.messages.discard(place.service, "none")

    asyncio.run(scenario())


def test_a_broker_that_is_away_is_unavailable():
    """And not a stack trace of the AMQP library."""
    with pytest.raises(BusUnavailable):
        asyncio.run(ParkedMessages("amqp://guest:guest@127.0.0.1:1/").count("jobs"))


def test_the_command_line(place):
    """list, show, replay, discard: bytes as they are on standard output, one line for what goes wrong."""
    asyncio.run(place.park(GARBAGE))
    asyncio.run(place.park(b"other"))
    first, second = map(json.loads, command(place, "list", place.service).splitlines())
    assert first["attempts"] == 5
    assert command(place, "show", place.service, first["id"]) == GARBAGE
    assert b"replayed" in command(place, "replay", place.service, first["id"])
    assert asyncio.run(place.take(place.origin)).body == GARBAGE
    assert b"discarded" in command(place, "discard", place.service, second["id"])
    assert command(place, "discard", place.service, second["id"], status=1).count(b"\n") == 1
    assert b"search " in command(place)


def command(place: Place, *words: str, status: int = 0) -> bytes:
    """The output of `python -m messaging.parked`; its complaints where it fails."""
    environment = {**os.environ, "SUBVENUE_AMQP_URL": place.url}
    call = [sys.executable, "-m", "messaging.parked", *words]
    done = subprocess.run(call, cwd=ROOT, env=environment, capture_output=True, timeout=60, check=False)
    assert done.returncode == status, done.stderr
    return done.stderr if status else done.stdout


async def until(ask: Callable[[], Awaitable[int]], answer: int) -> None:
    """Return when `ask` answers so."""
    async with asyncio.timeout(PATIENCE):
        while await ask() != answer:
            await asyncio.sleep(0.05)
