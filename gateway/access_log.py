"""The access log: a line for each request, written many at a time.

A write to the log costs as much as a tenth of a request. Lines are kept for a moment and go out together; those of
the last moment are lost with a process that is killed.
"""

from __future__ import annotations

import asyncio
import atexit
import logging
import sys

from messaging.logs import JsonLines

#: Seconds that a line waits, at most.
MOMENT = 0.2


class Gathered(logging.Handler):
    """Writes the lines of a moment at once. For a logger that is used inside the event loop."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Called by the logger."""
        if not self._lines:
            asyncio.get_running_loop().call_later(MOMENT, self.flush)
        self._lines.append(self.format(record))

    def flush(self) -> None:
        """Write what waits."""
        if self._lines:
            lines, self._lines = self._lines, []
            sys.stderr.write("\n".join([*lines, ""]))
            sys.stderr.flush()


def gather(name: str, process: str) -> None:
    """Let the logger `name` of this process write its lines together."""
    handler = Gathered()
    handler.setFormatter(JsonLines(process))
    atexit.register(handler.flush)
    logger = logging.getLogger(name)
    logger.handlers, logger.propagate = [handler], False
