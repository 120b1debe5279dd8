"""Indexes without end until it is killed: ``python tests/contract/search_writer.py <directory>``.

Each round writes the next version of fifty documents and then says its number on standard output, which is the
acknowledgement: what was said must be in the index that the next process opens.
"""

from __future__ import annotations

import sys
from itertools import count
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from services.search.engines.interface import Upsert
from services.search.engines.tantivy_engine import TantivyEngine
from tests.contract.search_corpus import a_document

DOCUMENTS = 50


def batch(round_number: int) -> list[Upsert]:
    """Fifty documents in the version of a round."""
    text = {"en": f"round r{round_number} " + "solid state battery " * 20, "zh": "固态电池的正极材料" * 5}
    return [Upsert(a_document(f"d{n}", version=round_number, texts=text)) for n in range(DOCUMENTS)]


def main() -> None:
    """Write on from where the index is."""
    engine = TantivyEngine(Path(sys.argv[1]))
    engine.ensure()
    for round_number in count(int(sys.argv[2])):
        engine.bulk(batch(round_number))
        sys.stdout.write(f"{round_number}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
