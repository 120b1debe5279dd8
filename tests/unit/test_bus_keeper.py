"""The connection that comes back by itself: nothing that goes wrong on the way may end the trying."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from messaging.on_asyncio import connection as module
from messaging.on_asyncio.connection import Connection, in_time


@pytest.mark.parametrize(
    "failure", [StopAsyncIteration(), RuntimeError("closed"), asyncio.CancelledError(), ConnectionResetError()]
)
def test_whatever_connecting_raises_it_is_tried_again(failure: BaseException, monkeypatch: pytest.MonkeyPatch):
    """aiormq raises more than its own errors where a link breaks in the middle of a handshake."""
    tries: list[str] = []
    again = asyncio.Event()

    async def connect(url: str) -> Any:
        tries.append(url)
        if len(tries) > 1:
            again.set()
        raise failure

    async def keep() -> None:
        connection = Connection("amqp://127.0.0.1:1/", "test")
        await connection.start(patience=0)
        await asyncio.wait_for(again.wait(), 10)
        await connection.stop()

    monkeypatch.setattr(module.aiormq, "connect", connect)
    monkeypatch.setattr(module, "FIRST_WAIT", 0.01)
    asyncio.run(keep())


def test_what_does_not_end_is_left_behind():
    """Also work that does not let itself be cancelled."""

    async def stubborn() -> None:
        for _ in range(3):
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                await asyncio.sleep(0.2)
                return

    async def wait() -> None:
        with pytest.raises(TimeoutError):
            await in_time(stubborn(), 0.05)

    asyncio.run(asyncio.wait_for(wait(), 5))
