"""One thread that writes to disk, so that a slow disk never holds up the media."""

from __future__ import annotations

import logging
import os
import queue
import threading
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

log = logging.getLogger(__name__)

_LARGEST_BACKLOG = 64 * 1024 * 1024  # bytes; a disk that is so far behind does not keep up at all


class Disk:
    """Appends to files, in the order of the calls. What was written stays when the process is killed."""

    def __init__(self) -> None:
        self._work: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._files: dict[Path, BinaryIO] = {}
        self._asked = self._done = 0  # bytes; each is changed by one thread only
        self._failed: set[Path] = set()
        self._thread = threading.Thread(target=self._run, name="disk", daemon=True)
        self._thread.start()

    def append(self, path: Path, data: bytes) -> None:
        """Appends `data` to the file of this path."""
        self._asked += len(data)
        self._work.put(lambda: self._append(path, data))

    def sync(self, *paths: Path) -> None:
        """Makes sure that these files survive a power failure, too."""
        self._work.put(lambda: self._sync(paths))

    def close_files(self, folder: Path) -> None:
        """Nothing more is written to the files of this folder for now."""
        self._work.put(lambda: self._close(folder))

    def failed(self, folder: Path) -> bool:
        """Whether something of this folder could not be written; nothing more is then."""
        return folder in self._failed

    def call(self, work: Callable[[], None]) -> None:
        """Runs `work` after all that was asked for before."""
        self._work.put(work)

    def close(self) -> None:
        """Writes what is waiting, and ends."""
        self._work.put(None)
        self._thread.join()

    def _run(self) -> None:
        while work := self._work.get():
            try:
                work()
            except Exception:
                log.exception("something was not written")
        for file in self._files.values():
            file.close()

    def _append(self, path: Path, data: bytes) -> None:
        behind = self._asked - self._done > _LARGEST_BACKLOG
        self._done += len(data)
        if path.parent in self._failed:
            return
        try:
            if behind:
                raise OSError("the disk is too slow")
            if path not in self._files:
                path.parent.mkdir(parents=True, exist_ok=True)
                self._files[path] = path.open("ab", buffering=0)
            self._files[path].write(data)
        except OSError as error:
            self._failed.add(path.parent)
            fields = {"session": path.parent.name, "reason": str(error)}
            log.error("the recording of a session has stopped", extra={"fields": fields})

    def _sync(self, paths: tuple[Path, ...]) -> None:
        for path in paths:
            if file := self._files.get(path):
                os.fdatasync(file.fileno())

    def _close(self, folder: Path) -> None:
        for path in [path for path in self._files if path.parent == folder]:
            self._files.pop(path).close()
        self._failed.discard(folder)
