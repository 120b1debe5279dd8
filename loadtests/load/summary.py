"""What a run came to, out of Locust's statistics: percentiles by kind of request, and what failed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

KINDS = {"GET": "reads", "POST": "writes", "PATCH": "writes", "DELETE": "writes"}
PERCENTILES = (0.5, 0.95, 0.99, 1.0)


def summary(stats: Any) -> dict[str, Any]:
    """Requests, failures and percentiles in milliseconds of `locust.stats.RequestStats`, by kind and by name."""
    kinds: dict[str, list[Any]] = {}
    names: dict[str, Any] = {}
    for entry in stats.entries.values():
        kind = KINDS.get(entry.method) or f"{entry.method} {entry.name}"
        kinds.setdefault(kind, []).append(entry)
        name = entry.name if entry.name.startswith(entry.method) else f"{entry.method} {entry.name}"
        names[name] = figures([entry])
    errors = [f"{one.occurrences} times {one.method} {one.name}: {one.error}" for one in stats.errors.values()]
    return {
        "kinds": {kind: figures(entries) for kind, entries in kinds.items()},
        "names": names,
        "errors": errors,
    }


def figures(entries: Iterable[Any]) -> dict[str, float]:
    """Of several of Locust's entries together."""
    entries = list(entries)
    times: Counter[int] = Counter()
    for entry in entries:
        times.update(entry.response_times)
    requests = sum(entry.num_requests for entry in entries)
    failures = sum(entry.num_failures for entry in entries)
    cuts = percentiles(times, PERCENTILES)
    return {
        "requests": requests,
        "failures": failures,
        **{f"p{100 * share:g}": cut for share, cut in cuts.items()},
    }


def percentiles(times: Mapping[int, int], shares: Iterable[float]) -> dict[float, float]:
    """For each share, the time in ms that so many requests did not exceed; `times` counts requests by ms."""
    total = sum(times.values())
    cuts: dict[float, float] = {}
    for share in shares:
        wanted, seen = share * total, 0
        cuts[share] = 0.0
        for time in sorted(times):
            seen += times[time]
            if seen >= wanted:
                cuts[share] = float(time)
                break
    return cuts
