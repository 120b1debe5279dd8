"""What is measured, for Prometheus."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import Any

from prometheus_client import CollectorRegistry, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from messaging import metrics as bus_metrics
from messaging.on_asyncio import BusError, RemoteError, RpcTimeout

from .caller import Services
from .edge.cache import Cache
from .edge.edge import Edge
from .edge.limits import Lanes
from .push.live import Live

_BUCKETS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
LAG_PERIOD = 0.5


class Metrics:
    """The registry of one gateway process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self.registry)
        self.requests = Histogram(
            "subvenue_http_request_seconds",
            "Time to the end of the response",
            ("method", "route", "status"),
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.calls = Histogram(
            "subvenue_rpc_seconds",
            "Time to a service's answer; outcome is ok, timeout, unavailable or the name of the error",
            ("service", "method", "outcome"),
            buckets=_BUCKETS,
            registry=self.registry,
        )
        for shared in bus_metrics.ON_ASYNCIO:
            self.registry.register(shared)
        self.lag = Gauge("subvenue_loop_lag_seconds", "How late the event loop runs", registry=self.registry)

    def text(self) -> bytes:
        """All of it in Prometheus' text format."""
        return generate_latest(self.registry)

    async def watch_loop(self) -> None:
        """Measure how late timers fire. Runs until cancelled."""
        while True:
            before = time.perf_counter()
            await asyncio.sleep(LAG_PERIOD)
            self.lag.set(max(0.0, time.perf_counter() - before - LAG_PERIOD))


class EdgeCollector(Collector):
    """What the cache and the streams count by themselves, read when somebody asks."""

    def __init__(self, cache: Cache, live: Live, lanes: Lanes, edge: Edge) -> None:
        self._cache = cache
        self._live = live
        self._lanes = lanes
        self._edge = edge

    def collect(self) -> Iterator[Metric]:
        """Called by the registry."""
        counts, live = self._cache.counts, self._live
        answers = CounterMetricFamily("subvenue_edge_answers", "Answers by where from", labels=["outcome"])
        for outcome, number in counts.outcomes.items():
            answers.add_metric([outcome.lower()], number)
        yield answers
        for name, help, number in (
            ("subvenue_edge_not_modified", "Answers that were 304", counts.not_modified),
            ("subvenue_edge_dropped", "Kept answers dropped by an event or a write", counts.dropped),
            ("subvenue_edge_spoilt", "Questions under way whose answer was not kept for that", counts.spoilt),
            ("subvenue_edge_evicted", "Kept answers that made room for others", counts.evicted),
            ("subvenue_edge_flushes", "Times that everything was forgotten", counts.flushes),
            ("subvenue_edge_busy", "Requests refused because too many were under way (503)", self._lanes.refused),
            ("subvenue_edge_limited", "Requests refused because their client asks too often", self._edge.limited),
            ("subvenue_event_frames", "Frames of server-sent events made", live.frames),
            ("subvenue_event_streams_dropped", "Streams whose client did not keep up", live.dropped),
        ):
            yield CounterMetricFamily(name, help, number)
        under_way = GaugeMetricFamily("subvenue_edge_under_way", "Requests being worked on", labels=["lane"])
        for lane, number in self._lanes.under_way.items():
            under_way.add_metric([lane], number)
        yield under_way
        yield GaugeMetricFamily("subvenue_edge_entries", "Answers kept", len(self._cache))
        yield GaugeMetricFamily("subvenue_edge_bytes", "Bytes of answers kept", self._cache.bytes)
        yield GaugeMetricFamily("subvenue_event_streams", "Open server-sent event streams", len(live))


class MeasuredServices:
    """The bus, with every call timed."""

    def __init__(self, bus: Services, metrics: Metrics) -> None:
        self._bus = bus
        self._metrics = metrics

    @property
    def connected(self) -> bool:
        """Whether calls can go out now."""
        return self._bus.connected

    async def call(self, service: str, method: str, kwargs: dict[str, Any], **options: Any) -> Any:
        """As `Bus.call`."""
        before = time.perf_counter()
        outcome = "ok"
        try:
            return await self._bus.call(service, method, kwargs, **options)
        except BusError as error:
            outcome = _outcome(error)
            raise
        finally:
            self._metrics.calls.labels(service, method, outcome).observe(time.perf_counter() - before)


def _outcome(error: BusError) -> str:
    if isinstance(error, RemoteError):
        return error.exc_type
    return "timeout" if isinstance(error, RpcTimeout) else "unavailable"
