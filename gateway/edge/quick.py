"""From the bytes of a request to the bytes of its answer, where memory has it.

Nine of ten requests of a conference are the same few questions. This takes only what it understands beyond
doubt: one whole GET without a body, in one piece, whose answer is kept. Everything else, and everything odd, is
left to the HTTP parser and the application, which answer the same.
"""

from __future__ import annotations

import itertools
import os
import time

from gateway.observing import SECURITY_HEADERS

from . import rules
from .answers import Answer, Header, headers_of
from .edge import Edge, takes_gzip

START = b"GET " + rules.API.encode() + b"/"
END = b"\r\n\r\n"
#: A request with one of these is for the parser: it has a body, wants another protocol, or gives its own id.
_ODD = (
    b"\r\ncontent-length:",
    b"\r\ntransfer-encoding:",
    b"\r\nexpect:",
    b"\r\nupgrade:",
    b"\r\nconnection: close",
    b"\r\nx-request-id:",
    b"\r\ntraceparent:",
    b"\r\n ",  # a folded line
    b"\r\n\t",
    b"\0",
)
_LONGEST = 8_192


class Quick:
    """Answers requests from the memory of `edge`."""

    def __init__(self, edge: Edge) -> None:
        self._edge = edge
        self._cache = edge.cache
        self._odd = (*_ODD, b"\r\norigin:") if edge.origins else _ODD
        self._process = os.urandom(4).hex().encode()
        self._numbers = itertools.count(1)

    def answer(self, data: bytes, date: list[Header]) -> bytes | None:
        """The whole answer to the request in `data`, or None when this is not for here.

        `date` are the headers that the server gives every answer.
        """
        if not data.startswith(START) or len(data) > _LONGEST or data.find(END) != len(data) - 4:
            return None
        target_end = data.find(b" ", 4)
        head = data[target_end:].lower()
        if not head.startswith(b" http/1.1\r\nhost:") and b"\r\nhost:" not in head:
            return None
        if not head.startswith(b" http/1.1\r\n") or any(odd in head for odd in self._odd):
            return None
        answer, private = self._kept(data[4:target_end], data, head, target_end)
        if answer is None or not self._edge.connected():
            return None
        self._cache.counts.outcomes["HIT"] += 1
        return self._encoded(answer, private, head, date)

    def _kept(self, target: bytes, data: bytes, head: bytes, at: int) -> tuple[Answer | None, bool]:
        """The answer that may be given to who sent this, and whether it is only for them."""
        whom = rules.NOBODY
        if b"\r\nauthorization:" in head:
            value = data[at + head.index(b"\r\nauthorization:") + 16 :].split(b"\r\n", 1)[0].strip()
            if value[:7].lower() != b"bearer " or head.count(b"\r\nauthorization:") > 1:
                return None, False
            actor = self._edge.verifier.known(value[7:].strip().decode("latin-1"))
            if actor is None:
                return None, False
            whom = actor.id
        if (answer := self._cache.get((target, rules.EVERYBODY))) is not None:
            return answer, False
        return self._cache.get((target, whom)), True

    def _encoded(self, answer: Answer, private: bool, head: bytes, date: list[Header]) -> bytes:
        known = b"\r\nif-none-match:" in head and answer.matches(_value(head, b"\r\nif-none-match:"))
        squeezed = answer.squeezable and takes_gzip(_value(head, b"\r\naccept-encoding:"))
        form, second = (known, squeezed), int(time.time())
        made = answer.heads.get(form)
        if made is None or made[0] != second:
            made = second, self._head(answer, private, known, squeezed, date)
            answer.heads[form] = made
        start = b"%s%s-%x%s" % (made[1], self._process, next(self._numbers), END)
        if known:
            self._cache.counts.not_modified += 1
            return start
        return start + (answer.squeezed if squeezed else answer.body)

    def _head(self, answer: Answer, private: bool, known: bool, squeezed: bool, date: list[Header]) -> bytes:
        """The status line and all headers, up to the value of `X-Request-ID`, which comes last."""
        age = self._cache.age(answer)
        told = headers_of(answer, private=private, outcome="HIT", age=age, squeezed=squeezed)
        if not known:
            told.append((b"content-length", b"%d" % len(answer.squeezed if squeezed else answer.body)))
        lines = [name + b": " + value + b"\r\n" for name, value in (*date, *told, *SECURITY_HEADERS)]
        status = b"HTTP/1.1 304 Not Modified\r\n" if known else b"HTTP/1.1 200 OK\r\n"
        return b"".join([status, *lines, b"x-request-id: "])


def _value(head: bytes, name: bytes) -> bytes:
    """The value of the header `name` (as ``\\r\\nname:``) in a head of small letters; empty without it."""
    at = head.find(name)
    return head[at + len(name) : head.index(b"\r\n", at + 2)].strip() if at >= 0 else b""
