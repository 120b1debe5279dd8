"""A request is one trace: from the gateway through the call and the event to whoever hears of it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.local import debian, trial
from tests.e2e.api_client import a_registration

TRACE = "00-" + "c" * 32 + "-" + "d" * 16 + "-01"
PROJECT = {"title": "A bridge", "abstract": "Of paper.", "sector": "ai"}
WAY = (
    "gateway: POST /api/v1/attendees",
    "gateway: registration.register_attendee",
    "registration: registration.register_attendee",
    "registration: publish registration.attendee_registered.v1",
    "registration: registration.submit_brought_projects",
    "registration: publish registration.project_submitted.v1",
    "search: search.index",
    "search: publish search.documents_indexed.v1",
    "gateway: gateway search.documents_indexed.v1",
)
PARTS = "names broker documents registration search gateway"


class Collector:
    """Takes what is posted to it as OTLP; `spans` by their trace."""

    def __init__(self) -> None:
        self.spans: list[dict[str, Any]] = []
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                for resource in body["resourceSpans"]:
                    process = resource["resource"]["attributes"][0]["value"]["stringValue"]
                    for scope in resource["scopeSpans"]:
                        collector.spans += [{"process": process, **span} for span in scope["spans"]]
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def of(self, trace: str) -> dict[str, dict[str, Any]]:
        """The spans of one trace, by process and name."""
        return {f"{one['process']}: {one['name']}": one for one in self.spans if one["traceId"] == trace}


@pytest.fixture
def collector() -> Iterator[Collector]:
    """A collector that runs."""
    running = Collector()
    yield running
    running.server.shutdown()
    running.server.server_close()


def test_one_trace_from_the_request_to_the_last_consumer(tmp_path: Path, collector: Collector):
    """A registration with a project: request, call, its work, the event, its indexing, the news at the gateway."""
    if not debian.rabbitmq_server():
        pytest.skip("RabbitMQ is not installed: apt-get install rabbitmq-server")
    given = {"SUBVENUE_OTLP_ENDPOINT": collector.url}
    with trial.running(tmp_path, PARTS, given) as stack:
        answer = httpx.post(
            f"{stack.gateway_url}/api/v1/attendees",
            json=a_registration(projects=[PROJECT]),
            headers={"traceparent": TRACE, "Idempotency-Key": "one-trace"},
            timeout=20,
        )
        assert answer.status_code == 201, answer.text
        until = time.monotonic() + 30
        while not set(WAY) <= collector.of("c" * 32).keys() and time.monotonic() < until:
            time.sleep(0.1)
        spans = collector.of("c" * 32)
    assert set(WAY) <= spans.keys(), set(WAY) - spans.keys()
    assert spans["gateway: POST /api/v1/attendees"]["parentSpanId"] == "d" * 16
    request, call, work = (spans[name] for name in WAY[:3])
    assert call["parentSpanId"] == request["spanId"]
    assert work["parentSpanId"] == call["spanId"]
