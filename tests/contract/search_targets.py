"""The engines that the contract suites run against: the oracle, tantivy, and Elasticsearch.

Elasticsearch is spoken to through osmem-server, and through a real cluster when SUBVENUE_TEST_ELASTICSEARCH_URL
gives one.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch
from osmem_server import OsmemServer

from services.search.engines.elastic_engine import ElasticEngine
from services.search.engines.interface import Engine
from services.search.engines.memory_engine import MemoryEngine
from services.search.engines.tantivy_engine import TantivyEngine
from tests.contract.search_opensearch_node import OpenSearchNode

CLUSTER = os.environ.get("SUBVENUE_TEST_ELASTICSEARCH_URL", "")
#: Elasticsearch compares the score that it gave, a float of 32 bits; osmem-server rounds only what it gives.
UNROUNDED = "osmem-server cannot search after a score, for it compares another number than the one it gave"
ENGINES = ["memory", "tantivy", "osmem", *(["cluster"] if CLUSTER else [])]


@pytest.fixture(scope="module")
def osmem() -> Iterator[str]:
    """The address of an osmem-server; its own fixture leaves a pipe open, which our warnings do not forgive."""
    server = OsmemServer.start()
    yield server.url
    server.close()
    assert server.process.stdout
    server.process.stdout.close()


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty engine of each kind."""
    opened = _open(request, tmp_path)
    opened.ensure()
    yield opened
    if request.param == "cluster":
        opened._client.indices.delete(index=f"{opened._alias}-v1")  # type: ignore[attr-defined]
    opened.close()


def _open(request: pytest.FixtureRequest, tmp_path: Path) -> Engine:
    if request.param == "memory":
        return MemoryEngine()
    if request.param == "tantivy":
        return TantivyEngine(tmp_path)
    alias = f"test-{uuid.uuid4().hex[:12]}"
    if request.param == "cluster":
        return ElasticEngine(Elasticsearch(CLUSTER), alias)
    return ElasticEngine(Elasticsearch(request.getfixturevalue("osmem"), node_class=OpenSearchNode), alias)


def is_osmem(request: pytest.FixtureRequest) -> bool:
    """Whether the engine of this case is spoken to through osmem-server."""
    return request.node.callspec.params["engine"] == "osmem"
