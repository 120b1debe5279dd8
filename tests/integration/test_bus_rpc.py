"""The asyncio bus calls nameko services, and never waits for what cannot come."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from messaging import circuit, tracing
from messaging.contracts.streaming import StageOpened
from messaging.on_asyncio import Bus, BusUnavailable, CircuitOpen, RemoteError, RpcTimeout, UnknownService

SCRIPT = Path(__file__).with_name("bus_nameko_service.py")


class Nameko:
    """The running nameko service: its name and its output."""

    def __init__(self, broker_url: str) -> None:
        self.name = f"echo{uuid.uuid4().hex[:8]}"
        self.process = subprocess.Popen(
            [sys.executable, "-W", "ignore", str(SCRIPT), broker_url, self.name], stdout=subprocess.PIPE, text=True
        )
        assert self.line() == "ready"

    def line(self) -> str:
        """Its next line of output."""
        assert self.process.stdout
        return self.process.stdout.readline().strip()

    def stop(self) -> None:
        """End it."""
        self.process.kill()
        self.process.wait()
        assert self.process.stdout
        self.process.stdout.close()


@pytest.fixture(scope="module")
def nameko(broker_url: str) -> Iterator[Nameko]:
    """A nameko service that runs."""
    service = Nameko(broker_url)
    yield service
    service.stop()


def test_answer_of_a_nameko_service(broker_url, nameko):
    """Arguments there and back, many at once, each to its own caller."""

    async def scenario():
        async with Bus(broker_url, "test") as bus:
            numbers = range(50)
            return await asyncio.gather(*(bus.call(nameko.name, "echo", {"n": n, "文": "字"}) for n in numbers))

    assert asyncio.run(scenario()) == [{"n": n, "文": "字"} for n in range(50)]


def test_context_travels(broker_url, nameko):
    """Correlation id and traceparent arrive in nameko's context data."""
    traceparent = "00-" + "a" * 32 + "-" + "b" * 16 + "-01"

    async def scenario():
        tracing.correlation_id.set("req-1")
        tracing.traceparent.set(traceparent)
        async with Bus(broker_url, "test") as bus:
            return await bus.call(nameko.name, "told", {})

    assert asyncio.run(scenario()) == {"correlation_id": "req-1", "traceparent": traceparent}


def test_error_of_a_service_keeps_name_message_and_field(broker_url, nameko):
    """An exception there is a RemoteError here."""

    async def scenario():
        async with Bus(broker_url, "test") as bus:
            with pytest.raises(RemoteError) as caught:
                await bus.call(nameko.name, "refuse", {})
            return caught.value

    error = asyncio.run(scenario())
    assert (error.exc_type, error.message, error.field) == ("EmailTaken", "this address is taken", "email")


@pytest.mark.parametrize("unknown", ["service", "method"])
def test_nobody_to_ask_fails_at_once(broker_url, nameko, unknown):
    """An unknown service (basic.return) or method (nameko's answer) is not waited for."""

    async def scenario():
        async with Bus(broker_url, "test") as bus:
            before = time.monotonic()
            with pytest.raises(UnknownService):
                await bus.call("nobody" if unknown == "service" else nameko.name, "nothing", {}, deadline=30)
            return time.monotonic() - before

    assert asyncio.run(scenario()) < 10


def test_deadline(broker_url, nameko):
    """No answer in time is RpcTimeout, and the connection goes on."""

    async def scenario():
        async with Bus(broker_url, "test") as bus:
            with pytest.raises(RpcTimeout):
                await bus.call(nameko.name, "sleep", {"seconds": 1}, deadline=0.1)
            return await bus.call(nameko.name, "echo", {"still": "here"}, deadline=20)

    assert asyncio.run(scenario()) == {"still": "here"}


def test_a_service_that_hangs_is_left_alone(broker_url, nameko):
    """After a few calls in vain the next fails at once; then one tries, and its answer opens the way again."""

    async def scenario():
        async with Bus(broker_url, "test") as bus:
            for _ in range(circuit.FAILURES):
                with pytest.raises(RpcTimeout):
                    await bus.call(nameko.name, "sleep", {"seconds": 0.5}, deadline=0.05)
            with pytest.raises(CircuitOpen):
                await bus.call(nameko.name, "echo", {}, deadline=60)
            while True:
                await asyncio.sleep(0.1)
                with suppress(CircuitOpen, RpcTimeout):
                    return await bus.call(nameko.name, "echo", {"back": "again"})

    assert asyncio.run(scenario()) == {"back": "again"}


def test_starting_without_a_broker():
    """Entering does not wait for ever, and calls say that nobody is there."""

    async def scenario():
        async with Bus("amqp://guest:guest@127.0.0.1:9/", "test", patience=0.2) as bus:
            assert not bus.connected
            with pytest.raises(BusUnavailable):
                await bus.call("any", "thing", {})

    asyncio.run(scenario())


def test_a_plain_nameko_listener_hears_our_events(broker_url, nameko):
    """What we publish is nameko's payload: the envelope."""

    async def scenario():
        async with Bus(broker_url, "media") as bus:
            await bus.publish(
                StageOpened(session_id="s1", node="m1", epoch=5), aggregate="s1", seq=5, mandatory=True
            )

    asyncio.run(scenario())
    payload = json.loads(nameko.line())
    assert payload["type"] == "media.stage_opened.v1"
    assert payload["data"] == {"type": "media.stage_opened.v1", "session_id": "s1", "node": "m1", "epoch": 5}
