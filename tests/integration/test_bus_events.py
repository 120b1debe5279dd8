"""The asyncio bus publishes and hears events."""

from __future__ import annotations

import asyncio
import uuid

import aiormq
import pytest

from messaging import topology
from messaging.contracts.streaming import StageClosed, StageOpened
from messaging.on_asyncio import Bus, BusUnavailable

PATIENCE = 20


def opened(epoch: int) -> StageOpened:
    return StageOpened(session_id="s1", node="m1", epoch=epoch)


def closed(epoch: int) -> StageClosed:
    return StageClosed(session_id="s1", node="m1", epoch=epoch)


def test_broadcast_reaches_every_listener_in_order(broker_url):
    """Each process hears all events, in the order in which they were published, and only what it asked for."""

    async def scenario():
        heard: list[list[int]] = [[], []]
        done = asyncio.Event()

        def noter(mine: list[int]):
            async def note(envelope, event):
                assert envelope.aggregate == "s1"
                mine.append(event.epoch)
                if all(len(some) == 100 for some in heard):
                    done.set()

            return note

        async with Bus(broker_url, "a") as a, Bus(broker_url, "b") as b:
            async with (
                a.listening({StageOpened: noter(heard[0])}) as one,
                b.listening({StageOpened: noter(heard[1])}),
            ):
                assert one.active
                for epoch in range(100):
                    await a.publish(opened(epoch), aggregate="s1", seq=epoch)
                    await a.publish(
                        StageClosed(session_id="s1", node="m1", epoch=epoch), aggregate="s1", seq=epoch
                    )
                await asyncio.wait_for(done.wait(), PATIENCE)
            assert not one.active
        return heard

    assert asyncio.run(scenario()) == [list(range(100))] * 2


def test_broadcast_goes_on_after_a_failing_handler(broker_url):
    """A broadcast is a hint: a handler that fails costs that event only."""

    async def scenario():
        heard = asyncio.Queue()

        async def note(envelope, event):
            if event.epoch == 1:
                raise ValueError("not this one")
            heard.put_nowait(event.epoch)

        async with Bus(broker_url, "a") as bus, bus.listening({StageOpened: note}):
            await bus.publish(opened(1), aggregate="s1", seq=1)
            await bus.publish(opened(2), aggregate="s1", seq=2)
            return await asyncio.wait_for(heard.get(), PATIENCE)

    assert asyncio.run(scenario()) == 2


def test_durable_queue_keeps_what_nobody_hears(broker_url):
    """Events that come while no process listens are handled by the next that does, once."""
    queue = f"evt-test-{uuid.uuid4().hex}"

    async def scenario():
        heard: list[int] = []
        done = asyncio.Event()

        async def note(envelope, event):
            heard.append(event.epoch)
            if event.epoch == 3:
                done.set()

        async with Bus(broker_url, "durable") as bus:
            async with bus.listening({StageOpened: note}, queue=queue):
                await bus.publish(opened(1), aggregate="s1", seq=1)
                while heard != [1]:
                    await asyncio.sleep(0.01)
            await bus.publish(opened(2), aggregate="s1", seq=2, mandatory=True)
            async with bus.listening({StageOpened: note}, queue=queue):
                await bus.publish(opened(3), aggregate="s1", seq=3)
                await asyncio.wait_for(done.wait(), PATIENCE)
        return heard

    assert asyncio.run(scenario()) == [1, 2, 3]


def test_failure_waits_on_the_ladder_and_comes_again(broker_url, monkeypatch):
    """A durable handler that fails gets the event again after the first delay that the setting asks for."""
    monkeypatch.setenv("SUBVENUE_RETRY_DELAYS_MS", "250,10000")
    queue = f"evt-test-{uuid.uuid4().hex}"

    async def scenario():
        attempts = []
        done = asyncio.Event()

        async def note(envelope, event):
            attempts.append(asyncio.get_running_loop().time())
            if len(attempts) == 1:
                raise ValueError("once")
            done.set()

        async with Bus(broker_url, "ladder") as bus, bus.listening({StageOpened: note}, queue=queue):
            await bus.publish(opened(1), aggregate="s1", seq=1)
            await asyncio.wait_for(done.wait(), PATIENCE)
        return attempts

    first, second = asyncio.run(scenario())
    assert second - first >= 0.25 * 0.9


def test_what_cannot_be_read_is_parked_byte_for_byte(broker_url):
    """A body that is no envelope goes to the parked queue with its reason, and blocks nobody."""
    queue, service = f"evt-test-{uuid.uuid4().hex}", f"svc{uuid.uuid4().hex[:8]}"

    async def scenario():
        async def never(envelope, event):
            raise AssertionError

        async with (
            Bus(broker_url, service) as bus,
            bus.listening({StageOpened: never}, queue=queue),
            aiormq.connect(broker_url) as connection,
        ):
            channel = await connection.channel()
            await channel.basic_publish(b"\xff not json", exchange="media.events", routing_key="stage_opened")
            parked = topology.parked_queue(service)
            while (message := await channel.basic_get(parked, no_ack=True)).delivery_tag is None:
                await asyncio.sleep(0.05)
            return message

    message = asyncio.run(scenario())
    headers = message.header.properties.headers
    assert message.body == b"\xff not json"
    assert headers[topology.ORIGIN_QUEUE] == queue
    assert "UnknownEvent" in headers[topology.REASON]


def test_mandatory_event_without_a_queue_is_refused(broker_url):
    """With `mandatory`, an event that nobody takes is an error and not a silent loss."""

    async def scenario():
        async with Bus(broker_url, "a") as bus:
            with pytest.raises(BusUnavailable, match="no queue"):
                await bus.publish(closed(1), aggregate="s1", seq=1, mandatory=True)

    asyncio.run(scenario())
