"""Recordings: a folder for each session, written as it happens, read again whenever it is asked for."""

from __future__ import annotations

import logging
import re
import shutil
import time
from pathlib import Path

from . import journal
from .boxes import Description
from .cues import Cue
from .disk import Disk
from .track import Part, Segment, Track

log = logging.getLogger(__name__)

_SAFE = re.compile(r"[A-Za-z0-9_-]{1,100}")  # a session id that can be the name of a folder


class Recording:
    """Writes one session. A `Recorder` of its tracks."""

    def __init__(self, folder: Path, disk: Disk) -> None:
        self.folder, self._disk = folder, disk

    def described(self, track: Track, description: Description) -> None:
        """Keeps the description."""
        self._note(journal.described(track.name, track.number, description))

    def added(self, track: Track, segment: Segment, part: Part) -> None:
        """Keeps the part: first the bytes, then the word that they are there."""
        self._disk.append(self._file(track), part.data)
        self._note(journal.added(track.name, segment, len(part.data)))

    def completed(self, track: Track, segment: Segment) -> None:
        """A segment is safe when it is over."""
        self._disk.sync(self._file(track), self.folder / journal.NAME)

    def captioned(self, cue: Cue) -> None:
        """Keeps a cue."""
        self._note(journal.captioned(cue))

    def close(self, ended: bool) -> None:
        """Nothing more comes; for good, if the session has ended."""
        if ended:
            self._note(journal.ended())
        self._disk.sync(self.folder / journal.NAME)
        self._disk.close_files(self.folder)

    def _note(self, line: bytes) -> None:
        self._disk.append(self.folder / journal.NAME, line)

    def _file(self, track: Track) -> Path:
        return self.folder / f"{track.name}.m4s"


class Shelf:
    """All recordings under `root`. Not more than `most_bytes`, none older than `most_days`; 0 is no limit."""

    def __init__(self, root: Path, disk: Disk, most_bytes: int = 0, most_days: float = 0) -> None:
        self.root, self._disk = root, disk
        self._most_bytes, self._most_days = most_bytes, most_days

    def folder(self, session_id: str) -> Path | None:
        """Where a session is, or would be; None for an id that is no name of a folder."""
        return self.root / session_id if _SAFE.fullmatch(session_id) else None

    def read(self, session_id: str) -> journal.Found | None:
        """What there is of a session."""
        folder = self.folder(session_id)
        return journal.read(folder) if folder and (folder / journal.NAME).exists() else None

    def resume(self, session_id: str) -> tuple[Recording, journal.Found] | None:
        """Goes on with a session, after what there is of it."""
        if (folder := self.folder(session_id)) is None:
            return None
        found = journal.read(folder)
        journal.repair(folder, found)
        return Recording(folder, self._disk), found

    def sweep(self, busy: set[str]) -> None:
        """Deletes what is too old, then the oldest while there is too much; never a session that is `busy`."""
        kept = []
        for folder in self.root.iterdir() if self.root.exists() else ():
            path = folder / journal.NAME
            if path.exists():
                size = sum(file.stat().st_size for file in folder.iterdir())
                kept.append((path.stat().st_mtime, size, folder))
        total = sum(size for _, size, _ in kept)
        oldest = time.time() - self._most_days * 86_400 if self._most_days else 0.0
        for changed, size, folder in sorted(kept):
            too_much = bool(self._most_bytes) and total > self._most_bytes
            if folder.name in busy or not (changed < oldest or too_much):
                continue
            shutil.rmtree(folder, ignore_errors=True)
            total -= size
            log.info("a recording was deleted", extra={"fields": {"session": folder.name, "bytes": size}})
