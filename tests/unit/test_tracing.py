"""Spans: whose child each is, what they cost when nobody wants them, and how they leave the process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from messaging import metrics, otlp, tracing
from messaging.tracing import CLIENT, CONSUMER, SERVER, Span, begin, end, note, span

CALLER = "00-" + "a" * 32 + "-" + "b" * 16 + "-01"


@pytest.fixture
def recorded() -> Iterator[list[Span]]:
    """The spans that end meanwhile."""
    spans: list[Span] = []
    before = tracing.traceparent.set("")
    tracing.record = spans.append
    yield spans
    tracing.record = None
    tracing.traceparent.reset(before)


def test_a_span_is_the_parent_of_what_follows(recorded: list[Span]):
    """Inside it, the traceparent is its own; after it, what it was before."""
    tracing.traceparent.set(CALLER)
    with span("outer", SERVER), span("inner", CLIENT):
        assert tracing.traceparent.get().split("-")[1] == "a" * 32
    inner, outer = recorded
    assert (outer.trace, outer.parent) == ("a" * 32, "b" * 16)
    assert (inner.trace, inner.parent) == ("a" * 32, outer.id)
    assert tracing.traceparent.get() == CALLER


def test_without_a_caller_a_trace_begins(recorded: list[Span]):
    """Each with an id of its own."""
    for _ in range(2):
        with span("request", SERVER):
            pass
    assert len({one.trace for one in recorded}) == 2
    assert all(len(one.trace) == 32 and not one.parent for one in recorded)


def test_what_raises_has_failed(recorded: list[Span]):
    """The span says so, and the error goes on."""
    with pytest.raises(ValueError, match="no"), span("request", SERVER):
        raise ValueError("no")
    assert recorded[0].failed


def test_what_is_not_sampled_leaves_no_span(recorded: list[Span]):
    """The caller decides; its traceparent is carried on as it came."""
    tracing.traceparent.set(unsampled := CALLER[:-1] + "0")
    with span("request", SERVER):
        assert tracing.traceparent.get() == unsampled
    note("late", CONSUMER, unsampled, 1)
    assert recorded == []


def test_without_a_collector_nothing_is_made():
    """A traceparent is carried on, and no other is invented."""
    assert begin("request", SERVER) is None
    end(None)


def test_the_oldest_give_way():
    """A collector that is away costs spans and no memory."""
    exporter = otlp.Exporter("http://127.0.0.1:9", "test")
    lost = metrics.SPANS.labels("lost")._value.get()
    for number in range(otlp.MOST_WAITING + 3):
        exporter.take(Span(str(number), SERVER, "a", "b"))
    assert metrics.SPANS.labels("lost")._value.get() == lost + 3
    exporter.send()
    assert metrics.SPANS.labels("lost")._value.get() == lost + 3 + otlp.BATCH


def test_as_the_protocol_has_it():
    """Ids in hexadecimal, times as texts, a status only where something failed."""
    told = Span("jobs.apply", SERVER, "a" * 32, "b" * 16, "c" * 16, 1, 2, failed=True, attributes={"x": "y"})
    body: Any = json.loads(json.dumps(otlp.payload("jobs", [told])))
    resource = body["resourceSpans"][0]
    assert resource["resource"]["attributes"] == [{"key": "service.name", "value": {"stringValue": "jobs"}}]
    assert resource["scopeSpans"][0]["spans"] == [
        {
            "traceId": "a" * 32,
            "spanId": "b" * 16,
            "parentSpanId": "c" * 16,
            "name": "jobs.apply",
            "kind": 2,
            "startTimeUnixNano": "1",
            "endTimeUnixNano": "2",
            "attributes": [{"key": "x", "value": {"stringValue": "y"}}],
            "status": {"code": 2},
        }
    ]
