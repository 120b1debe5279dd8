"""What the asyncio bus says and understands on the wire."""

from __future__ import annotations

import asyncio
import contextvars

import pytest
from aiormq.exceptions import ChannelInvalidStateError, ConnectionClosed

from messaging import tracing
from messaging.on_asyncio import BusUnavailable, RemoteError, UnknownService
from messaging.on_asyncio.errors import remote_error, unavailable_when_lost
from messaging.on_asyncio.headers import context_headers


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ({"exc_type": "EmailTaken", "exc_args": ["taken", "email"]}, ("EmailTaken", "taken", "email")),
        ({"exc_type": "ValueError", "exc_args": ["only a message"]}, ("ValueError", "only a message", "")),
        ({"exc_type": "ValueError", "exc_args": []}, ("ValueError", "", "")),
        ({"exc_type": "KeyError", "exc_args": [1, 2, 3]}, ("KeyError", "1", "2")),
        ({}, ("Exception", "", "")),
    ],
)
def test_error_of_a_reply(error, expected):
    """nameko's error is told by name, message and field, whatever of them is there."""
    told = remote_error(error)
    assert isinstance(told, RemoteError)
    assert (told.exc_type, told.message, told.field) == expected


def test_method_that_is_not_there():
    """To a caller, an unknown method is like an unknown service: nothing was carried out."""
    assert isinstance(remote_error({"exc_type": "MethodNotFound", "exc_args": ["x"]}), UnknownService)


@pytest.mark.parametrize("lost", [ConnectionClosed(320, "bye"), ChannelInvalidStateError(), OSError()])
def test_lost_connection_is_one_error(lost):
    """However aiormq says that the connection is gone, the caller hears BusUnavailable."""
    with pytest.raises(BusUnavailable), unavailable_when_lost():
        raise lost


def test_cancellation_by_aiormq_is_a_lost_connection():
    """aiormq rejects what is pending with CancelledError although nobody cancelled."""

    async def scenario():
        with pytest.raises(BusUnavailable), unavailable_when_lost():
            raise asyncio.CancelledError

    asyncio.run(scenario())


def test_cancellation_of_the_caller_stays_one():
    """Who is really cancelled is not told that the bus is away."""

    async def work():
        with unavailable_when_lost():
            await asyncio.Event().wait()

    async def scenario():
        task = asyncio.create_task(work())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(scenario())


def test_context_is_in_headers():
    """nameko's prefix for what it unpacks, the plain W3C name for the trace, and nothing that is empty."""

    def scenario():
        assert context_headers("c") == {"nameko.call_id_stack": ["c"], "nameko.correlation_id": "c"}
        tracing.correlation_id.set("r")
        tracing.traceparent.set("00-x")
        assert context_headers("c")["nameko.correlation_id"] == "r"
        assert context_headers("c")["traceparent"] == "00-x"

    contextvars.copy_context().run(scenario)
