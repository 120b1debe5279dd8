"""Calls to one service that wait at the same time travel in one message (see `messaging.on_nameko.rows`).

While few messages are under way a call leaves at once and alone, as plain nameko. Under load the calls that come
while others are on their way wait for the next row, a few milliseconds at most: the busier the process, the fewer
messages for each call.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from .errors import BusError

#: Calls in a row; messages to a service under way before calls wait for company; seconds they wait at most.
LONGEST, UNDER_WAY, WAIT = 16, 4, 0.004

_encode = msgspec.json.Encoder().encode


class _Answers(msgspec.Struct):
    result: list[msgspec.Raw] | None
    error: dict[str, Any] | None = None


_decode = msgspec.json.Decoder(_Answers)


class _NoRows(Exception):
    """The service is of a time before rows."""


@dataclass(eq=False)
class Waiting:
    """A call that has not left yet. `reply` gets its encoded answer."""

    method: str
    kwargs: Mapping[str, Any]
    headers: dict[str, Any]
    reply: asyncio.Future[bytes]


#: Sends a request to a routing key's method and answers the raw reply: ``ask(method, body, headers)``.
Ask = Callable[[str, bytes, dict[str, Any]], Awaitable[bytes]]


class Rows:
    """The calls of one process to one service."""

    def __init__(self, ask: Ask, rows: str) -> None:
        self._ask = ask
        self._rows = rows
        self._longest = LONGEST
        self._waiting: list[Waiting] = []
        self._under_way = 0
        self._leaving: asyncio.TimerHandle | None = None
        self._travels: set[asyncio.Task[None]] = set()

    def add(self, call: Waiting) -> None:
        """Let `call` leave with the next row."""
        self._waiting.append(call)
        if self._leaving is None:
            wait = 0.0 if self._under_way < UNDER_WAY else WAIT
            self._leaving = asyncio.get_running_loop().call_later(wait, self._leave)

    def _leave(self) -> None:
        if self._leaving is not None:
            self._leaving.cancel()
            self._leaving = None
        waiting, self._waiting = [one for one in self._waiting if not one.reply.done()], []
        for start in range(0, len(waiting), self._longest):
            self._under_way += 1
            travel = asyncio.get_running_loop().create_task(self._travel(waiting[start : start + self._longest]))
            self._travels.add(travel)
            travel.add_done_callback(self._arrived)

    def _arrived(self, travel: asyncio.Task[None]) -> None:
        self._travels.discard(travel)
        self._under_way -= 1
        if self._waiting and self._under_way < UNDER_WAY:
            self._leave()

    async def _travel(self, calls: list[Waiting]) -> None:
        """Ask for all of `calls`, and give each its answer or what went wrong."""
        try:
            for call, answer in zip(calls, await self._answers(calls), strict=True):
                if not call.reply.done():
                    call.reply.set_result(answer)
        except _NoRows:
            self._longest = 1
            self._waiting += calls  # they leave alone, as soon as this has arrived
        except BusError as error:
            for call in calls:
                if not call.reply.done():
                    call.reply.set_exception(error)

    async def _answers(self, calls: list[Waiting]) -> list[bytes]:
        if len(calls) == 1:
            (one,) = calls
            return [await self._ask(one.method, _encode({"args": [], "kwargs": one.kwargs}), one.headers)]
        row = [{"method": one.method, "kwargs": one.kwargs, "headers": one.headers} for one in calls]
        body = _encode({"args": [], "kwargs": {"calls": row}})
        answers = _decode.decode(await self._ask(self._rows, body, calls[0].headers))
        if answers.result is None or len(answers.result) != len(calls):
            raise _NoRows
        return [bytes(answer) for answer in answers.result]
