"""What happened in a run, as JSON lines with the seconds since its beginning."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import Any


class History:
    """Written by many threads; each entry is on disk before `note` returns to who acts on it."""

    def __init__(self, file: Path) -> None:
        self._began = time.monotonic()
        self._file = file.open("w", buffering=1)
        self._turn = threading.Lock()
        self.entries: list[dict[str, Any]] = []

    def note(self, what: str, **about: Any) -> None:
        """Keep that `what` has just happened."""
        entry = {"at": round(time.monotonic() - self._began, 3), "what": what, **about}
        with self._turn:
            self.entries.append(entry)
            self._file.write(json.dumps(entry) + "\n")

    def close(self) -> None:
        """Nothing happens any more."""
        self._file.close()

    def of(self, what: str, **about: Any) -> list[dict[str, Any]]:
        """The entries of this kind that have these values."""
        wanted = {"what": what, **about}
        return [one for one in list(self.entries) if wanted.items() <= one.items()]
