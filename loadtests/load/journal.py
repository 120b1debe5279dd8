"""What the API has acknowledged, line by line, to be accounted for at the end."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class Journal:
    """One worker's file of acknowledged writes; a line is in the file before its writer goes on."""

    def __init__(self, folder: Path) -> None:
        self._file = (folder / f"acknowledged-{os.getpid()}.jsonl").open("a", buffering=1)

    def note(self, kind: str, **about: Any) -> None:
        """Keep that a write of `kind` was answered with success."""
        self._file.write(json.dumps({"kind": kind, **about}) + "\n")


def read(folder: Path) -> Iterator[dict[str, Any]]:
    """Every acknowledged write of all workers."""
    for file in sorted(folder.glob("acknowledged-*.jsonl")):
        yield from map(json.loads, file.read_text().splitlines())
