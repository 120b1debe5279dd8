"""How fast search is, in the engine: documents in, questions answered, and how the hub fares meanwhile.

    python -m loadtests.benchmarks.search.speed [--documents 30000]

The documents are the vacancies and projects of the demonstration's convention, as the events that tell of them, in
batches of 500 as the service gets them. Rates are per second of processor time of the whole process, tantivy's
merges included, so that other work on the machine does not count; latencies are of the clock, with the mean
processor time beside them.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import tempfile
import time
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path
from typing import Any

import eventlet
import msgspec

from deploy.seed.convention import Convention
from messaging.contracts.jobs import Vacancy, VacancyPosted
from messaging.contracts.search import Search
from messaging.envelope import Envelope, wrap
from services.search import handlers, queries
from services.search.engines.interface import Engine
from services.search.engines.tantivy_engine import TantivyEngine
from services.search.index import OffHub

BATCH = 500
QUESTIONS = (
    "machine learning engineer", "battery materials", "biomedical", "senior researcher Guangzhou", "intern",
    "人工智能工程师", "生物医药", "電池材料", "广州 高级研究员", "新能源汽车 battery",
)  # fmt: skip


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=30_000)
    number = parser.parse_args().documents
    with tempfile.TemporaryDirectory() as directory:
        engine = TantivyEngine(Path(directory))
        engine.ensure()
        envelopes = list(islice(_events(), number))
        _report("documents in, per processor second", f"{_index(envelopes, engine):.0f}")
        _report("index on disk, MB", f"{_megabytes(Path(directory)):.0f}")
        _report("memory of the process, MB", f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f}")
        engine.close()  # the merges of the load are waited for; what follows is a quiet day
        engine.ensure()
        print("latencies in ms: median, p95, mean of processor time")
        _latencies("one event to visible", _visible(envelopes, engine))
        for limit in (10, 20):
            _latencies(f"question, {limit} hits, 3 facets, highlight", _answers(engine, limit))
        engine.close()
    for name, off_hub in (("on the hub", False), ("in a thread", True)):
        with tempfile.TemporaryDirectory() as directory:
            lags = _hub_lags(envelopes[:5000], Path(directory), off_hub)
            _report(
                f"hub stands still while indexing {name}, ms",
                f"{statistics.median(lags):.0f}, {max(lags):.0f} at most",
            )


def _events() -> Iterator[Envelope]:
    """Vacancies of the convention as their events; beyond their number, again under other ids."""
    for number in count():
        convention = Convention(seed=number)
        employers = [organisation["command_id"] for organisation in convention.organisations()]
        for item in convention.vacancies(employers):
            vacancy = {**item, "id": f"{number}-{item['command_id']}", "status": "open", "version": 1}
            vacancy = {"posted_at": "2026-11-24T08:00:00.000Z", **vacancy}
            yield wrap(
                VacancyPosted(vacancy=msgspec.convert(_bilingual(vacancy), Vacancy)),
                aggregate=vacancy["id"],
                seq=1,
            )


def _bilingual(vacancy: dict[str, Any]) -> dict[str, Any]:
    """The wire form allows plain strings where the fact has languages."""
    del vacancy["command_id"]
    texts = ("title", "description", "organisation_name", "city")
    return {
        key: {"en": value} if key in texts and isinstance(value, str) else value for key, value in vacancy.items()
    }


def _index(envelopes: list[Envelope], engine: Engine) -> float:
    waiting = iter(envelopes)
    began = time.process_time()
    while batch := list(islice(waiting, BATCH)):
        handlers.index(batch, engine, lambda event: None)
    return len(envelopes) / (time.process_time() - began)


def _visible(envelopes: list[Envelope], engine: Engine) -> Iterator[None]:
    """Each step makes one event visible, from the handler on."""
    for envelope in envelopes[:100]:
        handlers.index([msgspec.structs.replace(envelope, seq=2)], engine, lambda event: None)
        yield


def _answers(engine: Engine, limit: int) -> Iterator[None]:
    """Each step answers one question."""
    for text in QUESTIONS * 20:
        assert queries.search(Search(q=text, limit=limit, facets=("sector", "country", "employment")), engine).hits
        yield


def _hub_lags(envelopes: list[Envelope], directory: Path, off_hub: bool) -> list[float]:
    """How late a greenlet that sleeps 5 ms wakes while batches are indexed, in milliseconds."""
    engine: Engine = TantivyEngine(directory)
    engine = OffHub(engine) if off_hub else engine
    engine.ensure()
    lags: list[float] = []

    def tick() -> None:
        while True:
            before = time.perf_counter()
            eventlet.sleep(0.005)
            lags.append((time.perf_counter() - before - 0.005) * 1000)

    ticking = eventlet.spawn(tick)
    waiting = iter(envelopes)
    while batch := list(islice(waiting, BATCH)):
        handlers.index(batch, engine, lambda event: None)
        eventlet.sleep(0)
    ticking.kill()
    engine.close()
    return lags


def _report(name: str, value: str) -> None:
    print(f"{name:52} {value:>18}", flush=True)


def _latencies(name: str, steps: Iterator[None]) -> None:
    taken = []
    processor, began = time.process_time(), time.perf_counter()
    for _ in steps:
        taken.append((time.perf_counter() - began) * 1000)
        began = time.perf_counter()
    mean = (time.process_time() - processor) * 1000 / len(taken)
    _report(name, f"{statistics.median(taken):.1f}, {sorted(taken)[int(len(taken) * 0.95)]:.1f}, {mean:.1f}")


def _megabytes(directory: Path) -> float:
    return sum(path.stat().st_size for path in directory.rglob("*") if path.is_file()) / 1e6


if __name__ == "__main__":
    main()
