"""Several calls in one message: what the gateway sends when many wait at the same time.

A row is a request to the method `topology.RPC_ROWS` with ``{"calls": [{"method", "kwargs", "headers"}, …]}``. Its
calls run side by side like any others; its answer is the list of their answers, in order, and it is acknowledged
once, after the last. If the process dies before, the whole row comes again: every call is harmless to repeat,
commands by their `command_id`. Queue, broker and both ends handle one message where there were sixteen.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from messaging.contracts.errors import InvalidInput


class Call(msgspec.Struct):
    """One call of a row, as it travels: `headers` are the context that nameko keeps."""

    method: str
    kwargs: dict[str, Any]
    headers: dict[str, Any] = {}


class _Request(msgspec.Struct):
    args: list[Any]
    kwargs: dict[str, list[Call]]


_request = msgspec.json.Decoder(_Request)


class Part:
    """One call of a row, in place of a message of its own."""

    def __init__(self, row: Row, number: int, call: Call) -> None:
        self.row = row
        self.number = number
        self.method = call.method
        self.kwargs = call.kwargs
        self.headers = call.headers
        self.properties = row.message.properties
        self.delivery_info = row.message.delivery_info


class Row:
    """A request of many calls. `finish(message, body)` is called with the answer to all of them."""

    def __init__(self, message: Any, finish: Callable[[Any, bytes], None]) -> None:
        self.message = message
        self.given_back = False
        self._finish = finish
        try:
            calls = _request.decode(message.body).kwargs["calls"]
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, KeyError):
            raise InvalidInput("a row of calls is not what it must be") from None
        self.parts = [Part(self, number, call) for number, call in enumerate(calls)]
        self._answers: list[bytes] = [b""] * len(calls)
        self._missing = len(calls)

    def answer(self, part: Part, body: bytes) -> None:
        """One call is answered with the encoded `body`; after the last the row is."""
        self._answers[part.number] = body
        self._missing -= 1
        if self._missing == 0 and not self.given_back:
            self._finish(self.message, b'{"result":[%s],"error":null}' % b",".join(self._answers))
