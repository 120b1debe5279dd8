"""What the engine for a cluster promises beyond the suite of all engines."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from elasticsearch import Elasticsearch
from osmem_server import OsmemServer

from messaging.contracts.errors import Unavailable
from services.search.engines import schema
from services.search.engines.elastic_engine import ElasticEngine
from services.search.engines.interface import Delete, Upsert
from tests.contract.search_corpus import a_document, counts, filled, ids
from tests.contract.search_opensearch_node import OpenSearchNode


@pytest.fixture
def client() -> Iterator[Elasticsearch]:
    """A client of an empty cluster of its own."""
    server = OsmemServer.start()
    with Elasticsearch(server.url, node_class=OpenSearchNode) as client:
        yield client
    server.close()
    assert server.process.stdout
    server.process.stdout.close()


def test_the_index_lies_behind_an_alias(client: Elasticsearch) -> None:
    """So that another index can take its place in one step."""
    filled(ElasticEngine(client))
    assert list(client.indices.get_alias(name="subvenue-documents")) == ["subvenue-documents-v1"]


def test_two_processes_share_the_index(client: Elasticsearch) -> None:
    """Both write; the later version stays."""
    first, second = ElasticEngine(client), ElasticEngine(client)
    first.bulk([Upsert(a_document("a", version=2, titles={"en": "later"}))])
    second.bulk([Upsert(a_document("a", version=1, titles={"en": "earlier"}))])
    assert ids(first, "later") == ["a"]
    assert ids(second, "earlier") == []


def test_a_new_schema_carries_the_documents_over(client: Elasticsearch, monkeypatch: pytest.MonkeyPatch) -> None:
    """The alias names the next index, which holds all the last one held; the last is removed."""
    filled(ElasticEngine(client)).bulk([Delete("p2", 9)])
    monkeypatch.setattr(schema, "ANALYSIS", schema.ANALYSIS + 1)
    upgraded = ElasticEngine(client)
    assert upgraded.count() == {"project": 3, "vacancy": 3, "session": 2}
    assert upgraded.bulk([Upsert(a_document("p2", version=8)), Upsert(a_document("p1", version=1))]) == 0
    assert counts(upgraded, "country") == {"CN": 2, "AU": 2, "JP": 1}
    assert list(client.indices.get(index="subvenue-documents-v*")) == ["subvenue-documents-v2"]


def test_a_cluster_that_is_away_is_unavailable() -> None:
    """Every method says so, and does not wait."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening: connections are refused
        with Elasticsearch(f"http://127.0.0.1:{taken.getsockname()[1]}", max_retries=0) as client:
            engine = ElasticEngine(client)
            for attempt in (
                engine.ensure,
                engine.health,
                engine.count,
                lambda: engine.bulk([]),
                lambda: ids(engine),
            ):
                with pytest.raises(Unavailable):
                    attempt()


def test_a_document_that_is_refused_fails_its_batch(client: Elasticsearch) -> None:
    """It is not passed over in silence."""
    engine = ElasticEngine(client)
    with pytest.raises(ValueError, match="broken"):
        engine.bulk([Upsert(a_document("broken", facets={"unheard-of": ("x",)}))])
