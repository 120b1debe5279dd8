"""629 real descriptions of projects, of the collection beside the repository: each is found by its own title."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from services.search.analysis.question import MAX_LENGTH
from services.search.analysis.sort_keys import folded
from services.search.engines.interface import Upsert
from services.search.engines.tantivy_engine import TantivyEngine
from tests.contract.search_corpus import a_document, ids

CALLS = Path(__file__).resolve().parents[3] / "shared/data/search-dev/eu_calls/docs.jsonl"


@pytest.mark.skipif(not CALLS.exists(), reason="the collection is not on this machine")
def test_every_call_is_found_by_its_title(tmp_path: Path) -> None:
    """First, or where several have one title, among the first ten."""
    calls = [json.loads(line) for line in CALLS.read_text(encoding="utf-8").splitlines()]
    engine = TantivyEngine(tmp_path)
    engine.bulk(
        Upsert(a_document(call["id"], titles={"en": call["title"]}, texts={"en": call["text"][:20_000]}))
        for call in calls
    )
    shared = Counter(folded(call["title"]) for call in calls)
    missed = {
        call["title"]
        for call in calls
        if call["id"] not in ids(engine, call["title"][:MAX_LENGTH], limit=min(10, shared[folded(call["title"])]))
    }
    engine.close()
    assert len(calls) == 629
    assert missed == set()
