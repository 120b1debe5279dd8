"""Sends spans to an OpenTelemetry collector: OTLP over HTTP, in its JSON form.

One thread, a bounded queue, the standard library: under eventlet's patches the same thread is a greenlet, so that
this serves both sides of the bus. What the collector does not take in time is lost and counted; the work that the
spans tell of never waits for it. ADR 0015 tells why it is not the official SDK.
"""

from __future__ import annotations

import http.client
import json
import logging
import threading
import time
from collections import deque
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from . import metrics, tracing
from .tracing import Span

log = logging.getLogger(__name__)
#: Spans that may wait; the oldest give way to new ones.
MOST_WAITING = 4_096
BATCH = 512
EVERY_SECONDS = 0.5
TIMEOUT_SECONDS = 3.0


class Exporter:
    """Takes spans of `process` by `take` and posts them to `<endpoint>/v1/traces`."""

    def __init__(self, endpoint: str, process: str) -> None:
        parts = urlsplit(endpoint)
        self._address, self._secure = parts.netloc, parts.scheme == "https"
        self._path = f"{parts.path.rstrip('/')}/v1/traces"
        self._process = process
        self._waiting: deque[Span] = deque()

    def take(self, span: Span) -> None:
        """Remember a span for the next batch. Never waits."""
        if len(self._waiting) >= MOST_WAITING:
            self._waiting.popleft()
            metrics.SPANS.labels("lost").inc()
        self._waiting.append(span)

    def run(self) -> None:
        """Send what waits, for ever."""
        while True:
            time.sleep(EVERY_SECONDS)
            while self._waiting:
                self.send()

    def send(self) -> None:
        """Send one batch; what cannot be sent is lost."""
        batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
        connect = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
        connection = connect(self._address, timeout=TIMEOUT_SECONDS)
        try:
            body = json.dumps(payload(self._process, batch)).encode()
            connection.request("POST", self._path, body, {"Content-Type": "application/json"})
            status = connection.getresponse().status
        except (OSError, http.client.HTTPException) as error:
            log.warning("the collector takes no spans", extra={"fields": {"error": type(error).__name__}})
            status = 0
        finally:
            connection.close()
        metrics.SPANS.labels("sent" if 200 <= status < 300 else "lost").inc(len(batch))


def start(process: str, environment: Mapping[str, str]) -> Exporter | None:
    """Export this process's spans where a setting asks for it: SUBVENUE_OTLP_ENDPOINT, or OpenTelemetry's own."""
    endpoint = environment.get("SUBVENUE_OTLP_ENDPOINT") or environment.get("OTEL_EXPORTER_OTLP_ENDPOINT")
    if not endpoint:
        return None
    exporter = Exporter(endpoint, process)
    tracing.record = exporter.take
    threading.Thread(target=exporter.run, name="spans", daemon=True).start()
    return exporter


def payload(process: str, spans: list[Span]) -> dict[str, Any]:
    """The body of a request (opentelemetry-proto 1.x, ExportTraceServiceRequest in JSON)."""
    scope = {"scope": {"name": "subvenue"}, "spans": [_span(one) for one in spans]}
    return {
        "resourceSpans": [
            {"resource": {"attributes": _attributes({"service.name": process})}, "scopeSpans": [scope]}
        ]
    }


def _span(span: Span) -> dict[str, Any]:
    told = {
        "traceId": span.trace,
        "spanId": span.id,
        "name": span.name,
        "kind": span.kind,
        "startTimeUnixNano": str(span.began),
        "endTimeUnixNano": str(span.ended),
        "attributes": _attributes(span.attributes),
        "status": {"code": 2} if span.failed else {},
    }
    return told | ({"parentSpanId": span.parent} if span.parent else {})


def _attributes(words: Mapping[str, str]) -> list[dict[str, Any]]:
    return [{"key": key, "value": {"stringValue": value}} for key, value in words.items()]
