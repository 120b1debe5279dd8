"""Logs: one JSON object a line, and a lost connection is one line too."""

from __future__ import annotations

import json
import logging

from messaging.logs import JsonLines, without_traceback
from messaging.tracing import correlation_id


def a_record(name: str) -> logging.LogRecord:
    """A warning with the exception that is being handled."""
    try:
        raise ConnectionResetError("the peer is gone")
    except ConnectionResetError as error:
        info = (type(error), error, error.__traceback__)
    return logging.LogRecord(name, logging.WARNING, __file__, 1, "reader exited", (), info)


def test_a_line_is_an_object_with_what_follows_the_request():
    """Time, level, process, logger, message, the correlation id, and the traceback of what went wrong."""
    token = correlation_id.set("req-1")
    line = JsonLines("gateway").format(a_record("gateway"))
    correlation_id.reset(token)
    assert "\n" not in line
    told = json.loads(line)
    assert (told["process"], told["level"], told["correlation_id"]) == ("gateway", "warning", "req-1")
    assert "ConnectionResetError" in told["traceback"]


def test_a_lost_connection_is_told_without_its_traceback():
    """It happens with every restart of the broker; its error is all there is to say."""
    record = a_record("aiormq.connection")
    assert without_traceback(record)
    told = json.loads(JsonLines("gateway").format(record))
    assert told["error"] == "ConnectionResetError: the peer is gone"
    assert "traceback" not in told
