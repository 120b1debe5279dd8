"""Structured logs: one JSON object a line on standard error, with the correlation id of the request.

Messages are fixed sentences; what varies goes in `extra={"fields": {...}}`. No secrets and no personal data:
ids and counts say enough.
"""

from __future__ import annotations

import json
import logging
import sys
import time

from .tracing import correlation_id


class JsonLines(logging.Formatter):
    """Formats a record as one line of JSON: time, level, process, logger, message, fields, traceback."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        """`record` as JSON."""
        seconds = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        line: dict[str, object] = {
            "time": f"{seconds}.{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "process": self._process,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request := correlation_id.get():
            line["correlation_id"] = request
        line.update(getattr(record, "fields", {}))
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def without_traceback(record: logging.LogRecord) -> bool:
    """A filter for what happens every day, such as a lost connection: its error as a field, on one line."""
    if record.exc_info and (error := record.exc_info[1]) is not None:
        record.fields = {"error": f"{type(error).__name__}: {error}", **getattr(record, "fields", {})}
        record.exc_info = record.exc_text = None
    return True


def configure(process: str, level: str = "INFO") -> None:
    """Send all logs of this process to standard error as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines(process))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for name in ("amqp", "kombu", "pymongo", "aiormq", "aioice", "urllib3", "elastic_transport"):
        logging.getLogger(name).setLevel(max(logging.getLogger().level, logging.WARNING))
    for name in ("aiormq.connection", "kombu.mixins"):
        logging.getLogger(name).addFilter(without_traceback)
