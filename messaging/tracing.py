"""What follows one request across processes: its correlation id and its W3C `traceparent`.

Kept in context variables, which both greenlets and asyncio tasks keep apart; the entry points set them from the
message that came in, and everything that goes out carries them on.
"""

from __future__ import annotations

from contextvars import ContextVar

correlation_id: ContextVar[str] = ContextVar("correlation_id", default="")
traceparent: ContextVar[str] = ContextVar("traceparent", default="")
