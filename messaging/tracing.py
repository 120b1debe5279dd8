"""What follows one request across processes: its correlation id, its W3C `traceparent`, and the spans of the way.

Ids are kept in context variables, which both greenlets and asyncio tasks keep apart; the entry points set them
from the message that came in, and everything that goes out carries them on. Spans are made while `record` is set,
which `messaging.otlp` does; without it, a span costs nothing and a `traceparent` is carried on as it came.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

#: Kinds of span, by their numbers in OpenTelemetry's protocol.
SERVER, CLIENT, PRODUCER, CONSUMER = 2, 3, 4, 5

correlation_id: ContextVar[str] = ContextVar("correlation_id", default="")
traceparent: ContextVar[str] = ContextVar("traceparent", default="")


@dataclass
class Span:
    """One stretch of the way. Times in nanoseconds of the unix clock, ids in hexadecimal digits."""

    name: str
    kind: int
    trace: str
    id: str
    parent: str = ""
    began: int = 0
    ended: int = 0
    failed: bool = False
    attributes: dict[str, str] = field(default_factory=dict)

    @property
    def traceparent(self) -> str:
        """What goes on from here carries this (W3C Trace Context, version 00, sampled)."""
        return f"00-{self.trace}-{self.id}-01"


#: Takes every span that has ended; None while nobody wants them.
record: Callable[[Span], None] | None = None


def begin(name: str, kind: int, **attributes: str) -> Span | None:
    """A span under the present `traceparent`, or of a new trace; what follows is under it.

    None when nobody wants it, or when the caller's `traceparent` says that it is not sampled.
    """
    given = traceparent.get()
    if record is None or given.endswith("-00"):
        return None
    _, trace, parent, _ = given.split("-") if given.count("-") == 3 else ("", secrets.token_hex(16), "", "")
    span = Span(name, kind, trace, secrets.token_hex(8), parent, time.time_ns(), attributes=attributes)
    if request := correlation_id.get():
        span.attributes["correlation_id"] = request
    traceparent.set(span.traceparent)
    return span


def end(span: Span | None, *, failed: bool = False) -> None:
    """The span is over; hands it to whoever wants it."""
    if span is not None and record is not None:
        span.ended, span.failed = time.time_ns(), failed
        record(span)


@contextmanager
def span(name: str, kind: int, **attributes: str) -> Iterator[Span | None]:
    """A span around the body, which failed when the body raises; what was followed before is followed again."""
    before = traceparent.get()
    opened = begin(name, kind, **attributes)
    failed = True
    try:
        yield opened
        failed = False
    finally:
        end(opened, failed=failed)
        traceparent.set(before)


def note(name: str, kind: int, under: str, began: int, *, failed: bool = False, **attributes: str) -> None:
    """A span that is over already, under the traceparent `under`; nothing where there is none."""
    if record is not None and under.count("-") == 3 and not under.endswith("-00"):
        _, trace, parent, _ = under.split("-")
        end(Span(name, kind, trace, secrets.token_hex(8), parent, began, attributes=attributes), failed=failed)
