"""Prometheus metrics of the bus, with the same names in every process."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

EVENTS_HANDLED = Counter(
    "subvenue_events_handled_total",
    "Events by queue and outcome (done, retried, parked).",
    ["queue", "outcome"],
)
EVENTS_PUBLISHED = Counter(
    "subvenue_events_published_total", "Events confirmed by the broker, or unheard.", ["exchange", "outcome"]
)
OUTBOX_PENDING = Gauge(
    "subvenue_outbox_pending", "Aggregates with unpublished events at the last sweep, 200 at most.", ["store"]
)
OUTBOX_OLDEST = Gauge(
    "subvenue_outbox_oldest_seconds", "Age of the oldest unpublished event at the last sweep.", ["store"]
)
RPC_HANDLED = Histogram(
    "subvenue_rpc_handled_seconds",
    "Time a service took to answer a call.",
    ["method", "outcome"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5),
)
RPC_CALLED = Histogram(
    "subvenue_rpc_seconds",
    "Time to a service's answer; outcome is ok, refused, timeout or unavailable.",
    ["service", "method", "outcome"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0),
)
CIRCUIT_OPEN = Gauge("subvenue_circuit_open", "1 while calls to a service fail at once.", ["service"])
CALLS_REFUSED = Counter("subvenue_calls_refused_total", "Calls that an open circuit refused.", ["service"])
SPANS = Counter("subvenue_spans_total", "Spans of traces sent to the collector, or lost.", ["outcome"])
LOOP_LAG = Gauge("subvenue_loop_lag_seconds", "How late the hub or loop was at its last tick.")

#: Those that an asyncio process counts, for registries of its own.
ON_ASYNCIO = (EVENTS_HANDLED, EVENTS_PUBLISHED, CIRCUIT_OPEN, CALLS_REFUSED, SPANS)
