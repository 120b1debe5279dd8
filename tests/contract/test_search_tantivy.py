"""What the embedded engine promises beyond the suite of all engines: its files survive whatever happens."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from messaging.contracts.errors import Unavailable
from services.search.engines import generations, schema
from services.search.engines.interface import Delete, Upsert
from services.search.engines.tantivy_engine import TantivyEngine
from tests.contract import search_writer
from tests.contract.search_corpus import a_document, counts, filled, ids


def test_a_closed_index_opens_with_all_it_had(tmp_path: Path) -> None:
    """Documents, versions and deletions are on disk when bulk has returned."""
    engine = TantivyEngine(tmp_path)
    filled(engine)
    engine.bulk([Delete("p1", 5)])
    engine.close()
    again = TantivyEngine(tmp_path)
    assert again.count() == {"project": 3, "vacancy": 3, "session": 2}
    assert again.bulk([Upsert(a_document("p1", version=4)), Upsert(a_document("p2", version=1))]) == 0
    again.close()


def test_killed_at_any_moment_it_opens_and_converges(tmp_path: Path) -> None:
    """SIGKILL in the middle of writing, again and again: what was acknowledged is there, whole batches only."""
    said = 0
    moments = random.Random(7)
    for _ in range(5):
        said = _write_until_killed(tmp_path, said + 2, moments.uniform(0.0, 0.3))
        engine = TantivyEngine(tmp_path)
        engine.ensure()
        found = [
            r for r in (said, said + 1) if r and len(ids(engine, f"r{r}", limit=100)) == search_writer.DOCUMENTS
        ]
        assert len(found) == 1 or said == 0
        assert engine.count()["project"] == search_writer.DOCUMENTS
        assert engine.bulk(search_writer.batch(said)) == 0  # a redelivery
        said = max(found)
        engine.close()
    assert said >= 10


def _write_until_killed(directory: Path, first: int, seconds: float) -> int:
    """The last round that a writer acknowledged before it was killed, some time after its first."""
    command = [sys.executable, search_writer.__file__, str(directory), str(first)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout
        said = [writer.stdout.readline()]
        with pytest.raises(subprocess.TimeoutExpired):
            writer.wait(seconds)
        writer.send_signal(signal.SIGKILL)
        said += writer.stdout.read().splitlines()
    return int([line for line in said if line.strip()][-1])


def test_one_process_owns_an_index(tmp_path: Path) -> None:
    """A second one is told so, and may have it when the first is gone."""
    first, second = TantivyEngine(tmp_path), TantivyEngine(tmp_path)
    first.ensure()
    with pytest.raises(Unavailable):
        second.ensure()
    first.close()
    second.ensure()
    second.close()


def test_a_new_schema_carries_the_documents_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next directory holds what the last one held, versions and deletions included; the last is removed."""
    engine = filled(TantivyEngine(tmp_path))
    engine.bulk([Delete("p2", 9)])
    engine.close()
    monkeypatch.setattr(schema, "ANALYSIS", schema.ANALYSIS + 1)
    upgraded = TantivyEngine(tmp_path)
    assert upgraded.count() == {"project": 3, "vacancy": 3, "session": 2}
    assert upgraded.bulk([Upsert(a_document("p2", version=8)), Upsert(a_document("p1", version=1))]) == 0
    assert counts(upgraded, "country") == {"CN": 2, "AU": 2, "JP": 1}
    upgraded.close()
    assert [path.name for path in tmp_path.glob("documents-*")] == ["documents-v2"]


def test_an_unfinished_carrying_over_begins_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a killed process left beside the serving index is not mistaken for an index."""
    filled(TantivyEngine(tmp_path)).close()
    monkeypatch.setattr(schema, "ANALYSIS", schema.ANALYSIS + 1)
    half = generations.begin(tmp_path, "half done")
    (half.path / "meta.json").write_text("{")
    upgraded = TantivyEngine(tmp_path)
    assert upgraded.count()["project"] == 4
    upgraded.close()


def test_a_failed_batch_leaves_nothing_behind(tmp_path: Path) -> None:
    """A document that cannot be analysed takes its batch with it, and the next batch is as if it had not been."""
    engine = TantivyEngine(tmp_path)
    broken = a_document("broken", titles={"en": None})
    with pytest.raises(TypeError):
        engine.bulk([Upsert(a_document("a")), Upsert(broken)])
    engine.bulk([Upsert(a_document("b"))])
    assert ids(engine) == ["b"]
    engine.close()
