"""How well search finds: nDCG@10, recall@10, recall@100 and questions a second on judged collections.

    make relevance DATA="<directory>..." [ENGINE=tantivy|elasticsearch] [JOINED=1] [WITHOUT="translations near"]

A directory holds `docs.jsonl` (id, title, text), `queries.jsonl` (id, text) and `qrels.tsv` (query, document,
gain; the first line is a heading). Documents and questions go the way that the service's own go, through
`engine.bulk` and `queries.search`; gains count linearly, as in trec_eval's ndcg_cut. Rates are per second of
processor time of this process, so other work on the machine does not count, nor does a cluster's; each question
fetches and highlights 100 hits. The cluster is the one at SUBVENUE_ELASTICSEARCH_URL; each collection gets an
index of its own there, deleted in the end. With --joined all collections lie in one index, as in a conference.
--without leaves out steps, for ablations; --typos makes so many typing errors in each question, --traditional
writes it in traditional characters.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import uuid4

from elasticsearch import Elasticsearch

from loadtests.benchmarks.search.variations import STEPS, disturbed, leave_out
from messaging.contracts.search import Search
from messaging.contracts.types import is_chinese
from services.search import queries
from services.search.analysis.dictionaries import load_dictionaries
from services.search.analysis.question import MAX_LENGTH
from services.search.documents import Document
from services.search.engines.elastic_engine import ElasticEngine
from services.search.engines.interface import Engine, Upsert
from services.search.engines.tantivy_engine import TantivyEngine

Judgements = dict[str, dict[str, int]]
ENGINES = ("tantivy", "elasticsearch")


def main() -> None:
    """Print one line for each collection."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("collections", nargs="+", type=Path)
    parser.add_argument("--engine", choices=ENGINES, default="tantivy")
    parser.add_argument("--joined", action="store_true")
    parser.add_argument("--without", nargs="+", choices=list(STEPS), default=[])
    parser.add_argument("--typos", type=int, default=0)
    parser.add_argument("--traditional", action="store_true")
    arguments = parser.parse_args()
    url = os.environ.get("SUBVENUE_ELASTICSEARCH_URL", "")
    if arguments.engine == "elasticsearch" and not url:
        parser.error("SUBVENUE_ELASTICSEARCH_URL names no cluster")
    print(f"{'collection':16} {'nDCG@10':>8} {'R@10':>6} {'R@100':>6} {'docs/s':>7} {'questions/s':>12}")
    load_dictionaries()
    for step in arguments.without:
        leave_out(step)
    change = partial(disturbed, typos=arguments.typos, traditional=arguments.traditional)
    pools = [arguments.collections] if arguments.joined else [[one] for one in arguments.collections]
    for pool in pools:
        with _in_cluster(url) if arguments.engine == "elasticsearch" else _in_directory() as engine:
            rate = _filled(pool, engine)
            for collection in pool:
                if (collection / "qrels.tsv").exists():
                    print(f"{collection.name:16} {_line(collection, engine, rate, change)}", flush=True)


@contextmanager
def _in_directory() -> Iterator[Engine]:
    with tempfile.TemporaryDirectory() as directory:
        engine = TantivyEngine(Path(directory))
        try:
            yield engine
        finally:
            engine.close()


@contextmanager
def _in_cluster(url: str) -> Iterator[Engine]:
    """An engine under an alias that nobody else uses, so that the conference's own index is not touched."""
    alias = f"subvenue-relevance-{uuid4().hex}"
    with Elasticsearch(url) as client:
        try:
            yield ElasticEngine(client, alias)
        finally:
            client.options(ignore_status=404).indices.delete(index=f"{alias}-v1")


def _filled(pool: list[Path], engine: Engine) -> float:
    """Index all collections of a pool; documents per second. Documents of one id in several are one document."""
    documents = {raw["id"]: _document(raw) for one in pool for raw in _lines(one / "docs.jsonl")}
    began = time.process_time()
    waiting = iter(documents.values())
    while batch := list(islice(waiting, 500)):
        engine.bulk(map(Upsert, batch))
    return len(documents) / (time.process_time() - began)


def _line(collection: Path, engine: Engine, docs_rate: float, change: Callable[[str], str]) -> str:
    questions = {
        question["id"]: change(question["text"])[:MAX_LENGTH] for question in _lines(collection / "queries.jsonl")
    }
    began = time.process_time()
    run = {id: _ranking(engine, text) for id, text in questions.items()}
    rate = len(questions) / (time.process_time() - began)
    ndcg, recall10, recall100 = evaluate(run, _judgements(collection / "qrels.tsv"))
    return f"{ndcg:8.4f} {recall10:6.3f} {recall100:6.3f} {docs_rate:7.0f} {rate:12.0f}"


def evaluate(run: dict[str, list[str]], judgements: Judgements) -> tuple[float, float, float]:
    """nDCG@10, recall@10 and recall@100, each the mean over the judged questions."""
    sums = [0.0, 0.0, 0.0]
    for question, gains in judgements.items():
        ranking = run.get(question, [])
        ideal = _discounted(sorted(gains.values(), reverse=True)[:10])
        relevant = {document for document, gain in gains.items() if gain > 0}
        sums[0] += _discounted([gains.get(document, 0) for document in ranking[:10]]) / ideal
        sums[1] += len(relevant & set(ranking[:10])) / len(relevant)
        sums[2] += len(relevant & set(ranking[:100])) / len(relevant)
    return sums[0] / len(judgements), sums[1] / len(judgements), sums[2] / len(judgements)


def _discounted(gains: list[int]) -> float:
    return sum(gain / math.log2(rank + 2) for rank, gain in enumerate(gains))


def _ranking(engine: Engine, text: str) -> list[str]:
    return [hit.id for hit in queries.search(Search(q=text, limit=100, facets=()), engine).hits]


def _document(raw: dict[str, Any]) -> Document:
    """A record of a collection as a project; a text that is empty is left out."""
    language = "zh" if is_chinese(raw["title"] + raw["text"]) else "en"
    return Document(
        id=raw["id"],
        type="project",
        version=1,
        titles={language: raw["title"]} if raw["title"] else {},
        texts={language: raw["text"]} if raw["text"] else {},
        time="2026-01-01T00:00:00.000Z",
    )


def _judgements(path: Path) -> Judgements:
    judgements: Judgements = defaultdict(dict)
    for line in path.read_text(encoding="utf-8").splitlines()[1:]:
        question, document, gain = line.split("\t")
        judgements[question][document] = int(gain)
    return judgements


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


if __name__ == "__main__":
    main()
