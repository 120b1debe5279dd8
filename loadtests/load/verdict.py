"""The thresholds of a run, and which of them it missed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .checking import Accounted
from .watching import GENERATOR, Watch

MOST_ERRORS = 0.001
READ_P95_MS = 200.0
WRITE_P95_MS = 500.0
QUEUE_AGE_SECONDS = 2.0
#: How much more memory all processes together may hold at the end than when everybody had arrived.
MOST_GROWTH = 0.10
#: Everybody is there after the first minute; caches fill a little longer.
SETTLED_SECONDS = 90.0
#: Nothing measured keeps no threshold.
NONE = {"p95": float("inf")}


@dataclass(frozen=True)
class Line:
    """One threshold: what was seen, what is allowed."""

    what: str
    seen: float
    limit: float
    unit: str

    @property
    def kept(self) -> bool:
        """Within the limit."""
        return self.seen <= self.limit


def verdict(summary: Mapping[str, Any], watch: Watch, accounted: Accounted, users: int) -> list[Line]:
    """A line for each threshold."""
    kinds = summary["kinds"]
    real = [kinds[kind] for kind in ("reads", "writes") if kind in kinds]
    requests = sum(one["requests"] for one in real)
    streams = kinds.get("SSE open a stream", {"requests": 0})["requests"]
    lost = kinds.get("SSE stream", {"failures": 0})["failures"]
    failures = sum(one["failures"] for one in real) + lost
    ages = [age for _, age in watch.findable]
    absent = max(0, users - accounted.acknowledged["attendee"])
    return [
        Line("errors, lost streams included", 100 * failures / max(1, requests + streams), 100 * MOST_ERRORS, "%"),
        Line("reads p95, without the way", kinds.get("SYSTEM reads", NONE)["p95"], READ_P95_MS, "ms"),
        Line("writes p95, without the way", kinds.get("SYSTEM writes", NONE)["p95"], WRITE_P95_MS, "ms"),
        Line(
            "registered to findable, p95",
            percentile(ages, 0.95),
            QUEUE_AGE_SECONDS,
            "s",
        ),
        Line("memory growth after everybody came", 100 * growth(watch), 100 * MOST_GROWTH, "%"),
        Line("acknowledged writes that are not there", len(accounted.missing), 0, ""),
        Line(
            "attendees who did not come",
            absent,
            users * MOST_ERRORS,
            "",
        ),
        Line("streams that never opened", max(0, users - streams), users * MOST_ERRORS, ""),
    ]


def growth(watch: Watch) -> float:
    """By which share the memory of all processes together has grown since everybody was there."""
    ours = [samples for name, samples in watch.memory.items() if name != GENERATOR]
    settled = sum(_at(samples, SETTLED_SECONDS) for samples in ours)
    return sum(samples[-1][1] for samples in ours) / settled - 1 if settled else 0.0


def _at(samples: list[tuple[float, float]], second: float) -> float:
    """The first sample at or after `second`, or the last one."""
    return next((value for at, value in samples if at >= second), samples[-1][1])


def percentile(values: list[float], share: float) -> float:
    """The value that `share` of `values` do not exceed; infinity of none, which is no measurement."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))] if values else float("inf")
