"""From the bytes of a request to the bytes of its answer, where memory has it.

Nine of ten requests of a conference are the same few questions. This takes only what it understands beyond
doubt: one whole GET without a body, in one piece, whose answer is kept. Everything else, and everything odd, is
left to the HTTP parser and the application, which answer the same.
"""

from __future__ import annotations

import itertools
import os
import time
from typing import NamedTuple

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
#: Bytes of heads whose meaning is remembered: a client sends the same ones again and again.
_REMEMBERED = 8 * 1024 * 1024
_AUTHORIZATION, _ACCEPT_ENCODING = b"\r\nauthorization:", b"\r\naccept-encoding:"
_IF_NONE_MATCH = b"\r\nif-none-match:"
_ONCE = (_AUTHORIZATION, _ACCEPT_ENCODING, _IF_NONE_MATCH)


class Head(NamedTuple):
    """What the lines after a request's address say, as far as it matters here."""

    token: str | None
    if_none_match: bytes
    squeezed: bool


#: Not seen yet; None means seen, and not for here.
_UNKNOWN = Head(None, b"", False)


class Quick:
    """Answers requests from the memory of `edge`."""

    def __init__(self, edge: Edge) -> None:
        self._edge = edge
        self._cache = edge.cache
        self._odd = (*_ODD, b"\r\norigin:") if edge.origins else _ODD
        self._heads: dict[bytes, Head | None] = {}
        self._heads_size = 0
        self._process = os.urandom(4).hex().encode()
        self._numbers = itertools.count(1)

    def answer(self, data: bytes, date: list[Header]) -> bytes | None:
        """The whole answer to the request in `data`, or None when this is not for here.

        `date` are the headers that the server gives every answer.
        """
        if not data.startswith(START):
            return None
        target_end = data.find(b" ", 4)
        lines = data[target_end:]
        head = self._heads.get(lines, _UNKNOWN)
        if head is _UNKNOWN:
            head = self._remember(lines)
        if head is None or not self._edge.connected():
            return None
        answer, private = self._kept(data[4:target_end], head.token)
        if answer is None:
            return None
        self._cache.counts.outcomes["HIT"] += 1
        return self._encoded(answer, private, head, date)

    def _remember(self, lines: bytes) -> Head | None:
        if len(lines) > _LONGEST:
            return None
        self._heads_size += 200 + len(lines)
        if self._heads_size > _REMEMBERED:
            self._heads.clear()
            self._heads_size = 0
        head = self._heads[lines] = self._read(lines)
        return head

    def _read(self, lines: bytes) -> Head | None:
        """The head of a request from the space after its address on; None for the parser to see to it.

        What is not a whole head of known form and without a body is left to it.
        """
        lower = lines.lower()
        if (
            not lower.startswith(b" http/1.1\r\n")
            or lines.find(END) != len(lines) - len(END)
            or lower.count(b"\r\nhost:") != 1
            or any(odd in lower for odd in self._odd)
            or any(lower.count(name) > 1 for name in _ONCE)
        ):
            return None
        token = None
        if _AUTHORIZATION in lower:
            value = _value(lines, _AUTHORIZATION, lower)
            if value[:7].lower() != b"bearer " or not value[7:].strip():
                return None
            token = value[7:].strip().decode("latin-1")
        squeezed = takes_gzip(_value(lines, _ACCEPT_ENCODING, lower))
        return Head(token, _value(lines, _IF_NONE_MATCH, lower), squeezed)

    def _kept(self, target: bytes, token: str | None) -> tuple[Answer | None, bool]:
        """The answer that may be given to who has `token`, and whether it is only for them."""
        whom = rules.NOBODY
        if token is not None:
            if (actor := self._edge.verifier.known(token)) is None:
                return None, False
            whom = actor.id
        if (answer := self._cache.get((target, rules.EVERYBODY))) is not None:
            return answer, False
        return self._cache.get((target, whom)), True

    def _encoded(self, answer: Answer, private: bool, head: Head, date: list[Header]) -> bytes:
        known = bool(head.if_none_match) and answer.matches(head.if_none_match)
        squeezed = head.squeezed and answer.squeezable
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


def _value(lines: bytes, name: bytes, lower: bytes) -> bytes:
    """The value of the header `name` in `lines`, whose small letters are `lower`; empty without it."""
    at = lower.find(name)
    return lines[at + len(name) : lines.index(b"\r\n", at + 2)].strip() if at >= 0 else b""
