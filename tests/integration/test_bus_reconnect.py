"""The asyncio bus survives the loss of its broker."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator

import aiormq
import pytest

from messaging.contracts.streaming import StageOpened
from messaging.on_asyncio import Bus, BusUnavailable, connection
from tests.integration.bus_proxy import Proxy
from tests.reconnects import asyncio_side

PATIENCE = 20


async def until(condition) -> None:
    """Wait until `condition()` holds."""
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.01)


async def a_silent_service(broker_url: str, name: str) -> aiormq.Connection:
    """A queue that takes calls of the service `name`, which nobody answers."""
    connection = await aiormq.connect(broker_url)
    channel = await connection.channel()
    await channel.queue_declare(f"rpc-{name}", auto_delete=True)
    await channel.exchange_declare("nameko-rpc", exchange_type="topic", durable=True)
    await channel.queue_bind(f"rpc-{name}", "nameko-rpc", routing_key=f"{name}.*")
    return connection


def test_calls_in_flight_fail_at_once(broker_url):
    """A lost connection is not waited for: long before the deadline the caller knows."""

    async def scenario():
        service = await a_silent_service(broker_url, "silent")
        async with Proxy(broker_url) as proxy, Bus(proxy.url, "test") as bus:
            call = asyncio.create_task(bus.call("silent", "anything", {}, deadline=60))
            await asyncio.sleep(0.2)
            before = time.monotonic()
            await proxy.cut()
            with pytest.raises(BusUnavailable):
                await call
            await until(lambda: not bus.connected)
            with pytest.raises(BusUnavailable):
                await bus.call("silent", "anything", {}, deadline=60)
            with pytest.raises(BusUnavailable):
                await bus.publish(StageOpened(session_id="s", node="m", epoch=1), aggregate="s", seq=1)
            spent = time.monotonic() - before
        await service.close()
        return spent

    assert asyncio.run(scenario()) < 10


def test_everything_comes_back(broker_url):
    """After a cut the bus connects by itself, hears events again, and says that it may have missed some."""

    async def scenario():
        heard = []
        returned = []

        async def note(envelope, event):
            heard.append(event.epoch)

        async with Proxy(broker_url) as proxy, Bus(proxy.url, "test") as bus:
            bus.on_reconnect(lambda: returned.append(True))
            async with bus.listening({StageOpened: note}) as listener:
                for epoch in (1, 2):
                    await bus.publish(StageOpened(session_id="s", node="m", epoch=epoch), aggregate="s", seq=1)
                    await until(lambda epoch=epoch: epoch in heard)
                    assert len(returned) == epoch - 1
                    await proxy.cut()
                    await until(lambda: not listener.active)
                    await proxy.open()
                    await until(lambda: bus.connected and listener.active)
        return heard, returned

    assert asyncio.run(scenario()) == ([1, 2], [True, True])


def test_broker_that_comes_late(broker_url):
    """A process that starts before its broker is there works as soon as it is."""

    async def scenario():
        heard = asyncio.Queue()

        async def note(envelope, event):
            heard.put_nowait(event.epoch)

        proxy = Proxy(broker_url)
        await proxy.open()
        await proxy.cut()
        async with Bus(proxy.url, "test", patience=0.1) as bus, bus.listening({StageOpened: note}):
            assert not bus.connected
            await proxy.open()
            await until(lambda: bus.connected)
            await bus.publish(StageOpened(session_id="s", node="m", epoch=7), aggregate="s", seq=1)
            answer = await asyncio.wait_for(heard.get(), PATIENCE)
        await proxy.cut()
        return answer

    assert asyncio.run(scenario()) == 7


def test_closed_channel_heals(broker_url):
    """A channel that the broker closes, here for a clash of arguments, is renewed."""

    async def scenario():
        async with Bus(broker_url, "test") as bus:
            channel = bus._publisher._channel
            with pytest.raises(aiormq.exceptions.ChannelPreconditionFailed):
                await channel.exchange_declare("nameko-rpc", exchange_type="fanout")
            await until(lambda: not bus.connected or bus._publisher._channel is not channel)
            await until(lambda: bus.connected)
            await bus.publish(StageOpened(session_id="s", node="m", epoch=1), aggregate="s", seq=1)

    asyncio.run(scenario())


def test_a_silent_link_is_given_up(broker_url, monkeypatch):
    """Half a connection says nothing and never ends: missing heartbeats end it, and calls in flight with it."""
    monkeypatch.setattr(connection, "HEARTBEAT", 1)

    async def scenario():
        service = await a_silent_service(broker_url, "silent2")
        async with Proxy(broker_url) as proxy, Bus(proxy.url, "test") as bus:
            call = asyncio.create_task(bus.call("silent2", "anything", {}, deadline=60))
            await asyncio.sleep(0.2)
            proxy.stall()
            with pytest.raises(BusUnavailable):
                await asyncio.wait_for(call, PATIENCE)
            await until(lambda: bus.connected)
            await bus.publish(StageOpened(session_id="s", node="m", epoch=1), aggregate="s", seq=1)
        await service.close()

    asyncio.run(scenario())


@pytest.fixture
def unlogged() -> Iterator[None]:
    """Logs off: the records that pytest keeps hold on to exceptions, and they to connections."""
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


def test_nothing_is_left_over(broker_url, unlogged):
    """Neither tasks nor channels nor file descriptors grow with the number of reconnections."""
    before, after = asyncio.run(asyncio_side.reconnect(broker_url, 20))
    assert all(after[name] <= before[name] for name in before), (before, after)
