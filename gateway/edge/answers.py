"""An encoded answer, and the forms in which it is given out."""

from __future__ import annotations

import gzip
import hashlib
import time
from collections.abc import Iterable

Header = tuple[bytes, bytes]

#: Shorter bodies do not get smaller by it.
SQUEEZED_FROM = 1_000
_OWN = {b"content-length", b"cache-control", b"etag", b"vary", b"age", b"x-cache", b"x-request-id"}


class Answer:
    """One answer of the application: `made` at that time of the monotonic clock, the same bytes for all."""

    __slots__ = ("_squeezed", "body", "etag", "headers", "heads", "made", "route", "status")

    def __init__(
        self, status: int, headers: Iterable[Header], body: bytes, *, made: float | None = None, route: str = ""
    ) -> None:
        self.status = status
        self.headers = [(name, value) for name, value in headers if name not in _OWN]
        self.body = body
        self.route = route  # for the metrics
        self.made = time.monotonic() if made is None else made
        # Weak: the squeezed form has the same tag.
        self.etag = b'W/"%s"' % hashlib.blake2b(body, digest_size=12).hexdigest().encode()
        self._squeezed: bytes | None = None
        #: The start of an answer as it goes out, by its form; see `wire`.
        self.heads: dict[object, tuple[int, bytes]] = {}

    @property
    def size(self) -> int:
        """Bytes this takes, roughly, with what is kept beside it."""
        return 1_000 + len(self.body) + len(self._squeezed or b"")

    @property
    def squeezable(self) -> bool:
        """Whether there is a shorter form."""
        return self.status == 200 and len(self.body) >= SQUEEZED_FROM

    @property
    def squeezed(self) -> bytes:
        """The body in gzip, made when it is first wanted."""
        if self._squeezed is None:
            self._squeezed = gzip.compress(self.body, compresslevel=6, mtime=0)
        return self._squeezed

    def matches(self, if_none_match: bytes) -> bool:
        """Whether the client has it already (RFC 9110, 13.1.2: weak comparison)."""
        opaque = self.etag[2:]
        tags = (tag.strip().lower().removeprefix(b"w/") for tag in if_none_match.split(b","))
        return self.status == 200 and any(tag in (opaque, b"*") for tag in tags)


def headers_of(answer: Answer, *, private: bool, outcome: str, age: float, squeezed: bool) -> list[Header]:
    """What a client is told about an answer from here, without its length.

    Clients and proxies may keep it too, but must ask each time whether it is still so (`no-cache`): mostly they
    hear 304.
    """
    told = [
        *answer.headers,
        (b"etag", answer.etag),
        (b"cache-control", b"private, no-cache" if private else b"public, no-cache"),
        (b"vary", b"accept-encoding, authorization, origin" if private else b"accept-encoding, origin"),
        (b"age", b"%d" % age),
        (b"x-cache", outcome.encode()),
    ]
    if squeezed:
        told.append((b"content-encoding", b"gzip"))
    return told
