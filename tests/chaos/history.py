"""What happened in a run, as JSON lines with the seconds since its beginning."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from pathlib import Path
from typing import Any


class History:
    """Written by one event loop; each entry is on disk before `note` returns to who acts on it."""

    def __init__(self, file: Path) -> None:
        self._began = time.monotonic()
        self._file = file.open("w", buffering=1)
        self._by_kind: dict[str, list[dict[str, Any]]] = defaultdict(list)

    def now(self) -> float:
        """Seconds since the beginning."""
        return round(time.monotonic() - self._began, 3)

    def note(self, what: str, **about: Any) -> None:
        """Keep that `what` has just happened."""
        entry = {"at": self.now(), "what": what, **about}
        self._by_kind[what].append(entry)
        self._file.write(json.dumps(entry) + "\n")

    def close(self) -> None:
        """Nothing happens any more."""
        self._file.close()

    def of(self, what: str, **about: Any) -> list[dict[str, Any]]:
        """The entries of this kind that have these values."""
        return [one for one in self._by_kind[what] if about.items() <= one.items()]
