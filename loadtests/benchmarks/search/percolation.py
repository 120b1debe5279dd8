"""How long a batch of new documents waits for the saved searches.

    python -m loadtests.benchmarks.search.percolation [--searches 1000] [--documents 100]

The documents are projects and vacancies of the demonstration's convention. The searches are what people would
save: two or three words out of titles in either language, half of them with a filter as well; one in ten is
filters alone. Measured is everything from documents to who is to be told; the analysis of their texts is told
apart.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Iterator
from itertools import islice
from typing import Any

import rjieba

from messaging.contracts.search import SavedSearch
from services.search.analysis.dictionaries import load_dictionaries
from services.search.analysis.reading import Reading
from services.search.documents import Document, document_of
from services.search.saved.percolator import Percolator, Text

from .speed import _events

ROUNDS = 15


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--searches", type=int, default=1_000)
    parser.add_argument("--documents", type=int, default=100)
    options = parser.parse_args()
    load_dictionaries()
    documents = [document_of(envelope) for envelope in islice(_events(), 10_000)]
    searches = list(islice(_searches(documents, random.Random(7)), options.searches))
    began = time.perf_counter()
    percolator = Percolator(searches, Reading)
    print(f"{len(searches)} searches made ready        {1000 * (time.perf_counter() - began):8.1f} ms, once")
    batches = [random.Random(n).sample(documents, options.documents) for n in range(ROUNDS)]
    whole = [_milliseconds(lambda batch=batch: [percolator.find(one) for one in batch]) for batch in batches]  # type: ignore[misc]
    analysis = [_milliseconds(lambda batch=batch: [Text(one) for one in batch]) for batch in batches]  # type: ignore[misc]
    found = sum(len(percolator.find(one)) for one in batches[0])
    print(f"a batch of {options.documents}                    {_row(whole)}")
    print(f"  of which the analysis of texts  {_row(analysis)}")
    print(f"notices from the first batch      {found:8}")


def _searches(documents: list[Document], chance: random.Random) -> Iterator[SavedSearch]:
    for number in range(1_000_000):
        document = chance.choice(documents)
        language = chance.choice(sorted(document.titles))
        title = document.titles[language]
        words = [word for word in (title.split() if language == "en" else rjieba.cut(title)) if len(word) > 1]
        chosen = chance.sample(words, min(len(words), chance.choice((2, 2, 3))))
        facet: Any = chance.choice(("country", "sector"))
        filters = {facet: document.facets[facet]} if chance.random() < 0.5 and facet in document.facets else {}
        if chance.random() < 0.1:
            filters = {name: document.facets[name] for name in ("country", "sector") if name in document.facets}  # type: ignore[misc]
            chosen = []
        yield SavedSearch(
            id=f"svs_{number}",
            owner_id=f"att_{number}",
            created_at="2026-11-24T12:00:00.000Z",
            pace="immediate",
            q=" ".join(chosen),
            filters=filters,
        )


def _milliseconds(work: Any) -> float:
    began = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - began)


def _row(values: list[float]) -> str:
    ordered = sorted(values)
    return f"{statistics.median(ordered):8.1f} ms median, {ordered[int(len(ordered) * 0.95)]:.1f} p95"


if __name__ == "__main__":
    main()
