"""What each session does, for Prometheus: read off the stages when asked for, and gone with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from .stage import Stage

_PREFIX = "subvenue_media_session_"


def of_sessions(stages: Iterable[Stage]) -> bytes:
    """Prometheus' text about every stage, by session and, where it says more, by source."""
    registry = CollectorRegistry()
    registry.register(_Figures(list(stages)))
    return generate_latest(registry)


class _Figures(Collector):
    def __init__(self, stages: list[Stage]) -> None:
        self._stages = stages

    def collect(self) -> Iterator[Metric]:
        """One family for each figure."""
        viewers = GaugeMetricFamily(f"{_PREFIX}viewers", "Viewers by layer.", labels=["session", "layer"])
        lost = GaugeMetricFamily(f"{_PREFIX}lost_ratio", "Mean loss that viewers report.", labels=["session"])
        jitter = GaugeMetricFamily(f"{_PREFIX}jitter_seconds", "Mean jitter that they report.", labels=["session"])
        for stage in self._stages:
            layers = [viewer.layer for viewer in stage.viewers]
            for layer in sorted(set(layers)):
                viewers.add_metric([stage.session_id, layer], layers.count(layer))
            count = max(1, len(layers))
            lost.add_metric([stage.session_id], sum(viewer.lost for viewer in stage.viewers) / count)
            jitter.add_metric([stage.session_id], sum(viewer.jitter for viewer in stage.viewers) / count)
        yield from (viewers, lost, jitter, *self._of_sources())

    def _of_sources(self) -> Iterator[Metric]:
        labels = ["session", "source"]
        bitrate = GaugeMetricFamily(f"{_PREFIX}bitrate", "Payload of the publisher, bits/s.", labels=labels)
        received = CounterMetricFamily(f"{_PREFIX}packets_received", "RTP packets that came.", labels=labels)
        forwarded = CounterMetricFamily(f"{_PREFIX}packets_forwarded", "RTP packets to viewers.", labels=labels)
        for stage in self._stages:
            for name, source in stage.publisher.sources.items() if stage.publisher else ():
                bitrate.add_metric([stage.session_id, name], source.bitrate)
                received.add_metric([stage.session_id, name], source.packets)
                forwarded.add_metric([stage.session_id, name], source.forwarded)
        yield from (bitrate, received, forwarded)
