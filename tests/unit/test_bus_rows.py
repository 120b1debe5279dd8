"""Calls leave alone while it is quiet and together when it is busy, and each gets its own answer."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from messaging.on_asyncio.errors import BusUnavailable
from messaging.on_asyncio.rows import LONGEST, Rows, Waiting


class Service:
    """Answers each call with its own fields; `gate` holds the answers back."""

    def __init__(self, takes_rows: bool = True) -> None:
        self.messages: list[int] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.takes_rows = takes_rows
        self.lost = False

    async def ask(self, method: str, body: bytes, headers: dict[str, Any]) -> bytes:
        kwargs = msgspec.json.decode(body)["kwargs"]
        self.messages.append(len(kwargs["calls"]) if method == "rows" else 1)
        await self.gate.wait()
        if self.lost:
            raise BusUnavailable("lost")
        if method != "rows":
            return msgspec.json.encode({"result": kwargs, "error": None})
        if not self.takes_rows:
            return msgspec.json.encode({"result": None, "error": {"exc_type": "MethodNotFound"}})
        answers = [{"result": call["kwargs"], "error": None} for call in kwargs["calls"]]
        return msgspec.json.encode({"result": answers, "error": None})


async def call(rows: Rows, number: int) -> int:
    """Calls with `number` and answers the number that comes back."""
    reply: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
    rows.add(Waiting("echo", {"number": number}, {}, reply))
    async with asyncio.timeout(20):
        return int(msgspec.json.decode(await reply)["result"]["number"])


def test_a_lone_call_leaves_alone():
    """As plain nameko would have it."""

    async def story():
        service = Service()
        rows = Rows(service.ask, "rows")
        for number in range(3):
            assert await call(rows, number) == number
        return service.messages

    assert asyncio.run(story()) == [1, 1, 1]


def test_many_calls_share_messages():
    """A thousand at once: few messages, none too long, and every caller gets its own."""

    async def story():
        service = Service()
        rows = Rows(service.ask, "rows")
        answers = await asyncio.gather(*(call(rows, number) for number in range(1_000)))
        assert answers == list(range(1_000))
        return service.messages

    messages = asyncio.run(story())
    assert max(messages) <= LONGEST
    assert len(messages) <= 2 * 1_000 / LONGEST


def test_nobody_waits_long_for_company():
    """When all messages under way hang, the next call leaves all the same."""

    async def story():
        service = Service()
        rows = Rows(service.ask, "rows")
        service.gate.clear()
        calls = []
        for number in range(6):
            calls.append(asyncio.create_task(call(rows, number)))
            await asyncio.sleep(0.02)
        sent = sum(service.messages)
        service.gate.set()
        await asyncio.gather(*calls)
        return sent

    assert asyncio.run(story()) == 6


def test_who_gave_up_is_not_sent():
    """A call whose caller has left costs nobody anything."""

    async def story():
        service = Service()
        rows = Rows(service.ask, "rows")
        gone = asyncio.create_task(call(rows, 1))
        await asyncio.sleep(0)
        gone.cancel()
        assert await call(rows, 2) == 2
        return service.messages

    assert asyncio.run(story()) == [1]


def test_a_lost_connection_fails_all_of_a_row():
    """Each caller hears it."""

    async def story():
        service = Service()
        rows = Rows(service.ask, "rows")
        service.lost = True
        return await asyncio.gather(*(call(rows, number) for number in range(20)), return_exceptions=True)

    assert {type(error) for error in asyncio.run(story())} == {BusUnavailable}


@pytest.mark.parametrize("several", [2, 50])
def test_a_service_of_before_gets_single_calls(several):
    """During an update the other side may not know rows: its calls are sent one by one from then on."""

    async def story():
        service = Service(takes_rows=False)
        rows = Rows(service.ask, "rows")
        answers = await asyncio.gather(*(call(rows, number) for number in range(several)))
        service.messages.clear()
        await asyncio.gather(*(call(rows, number) for number in range(several)))
        return answers, set(service.messages)

    answers, messages = asyncio.run(story())
    assert answers == list(range(several))
    assert messages == {1}
