"""Generations of an embedded index: one directory each, and a file that names the one in use.

    <root>/documents-v7/    an index; `fingerprint` inside says which schema and engine made it
    <root>/current          "documents-v7"; replaced in one step, so it always names a whole index

A change of schema, or a rebuild, fills the next directory beside the one that serves, then moves the name. What
a process left unfinished is removed by the next one that starts.
"""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

_NAME = re.compile(r"documents-v(\d+)")


@dataclass(frozen=True, slots=True)
class Generation:
    """One index directory."""

    path: Path

    @property
    def fingerprint(self) -> str:
        """Which schema made it; "" when it does not say."""
        try:
            return (self.path / "fingerprint").read_text().strip()
        except OSError:
            return ""


def current(root: Path) -> Generation | None:
    """The generation in use, if there is one."""
    try:
        name = (root / "current").read_text().strip()
    except OSError:
        return None
    path = root / name
    return Generation(path) if _NAME.fullmatch(name) and path.is_dir() else None


def begin(root: Path, fingerprint: str) -> Generation:
    """An empty directory for the next generation; leftovers that nothing names are removed."""
    root.mkdir(parents=True, exist_ok=True)
    serving = current(root)
    for leftover in _directories(root):
        if serving is None or leftover != serving.path:
            shutil.rmtree(leftover)
    number = int(_NAME.fullmatch(serving.path.name)[1]) + 1 if serving else 1  # type: ignore[index]
    path = root / f"documents-v{number}"
    path.mkdir()
    (path / "fingerprint").write_text(fingerprint)
    return Generation(path)


def use(root: Path, generation: Generation) -> None:
    """Make `generation` the current one, in one step that survives a crash on either side of it."""
    draft = root / "current.new"
    with draft.open("w") as file:
        file.write(generation.path.name)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(root / "current")


def discard(generation: Generation) -> None:
    """Remove a generation that no longer serves."""
    shutil.rmtree(generation.path, ignore_errors=True)


def _directories(root: Path) -> list[Path]:
    return [path for path in root.iterdir() if path.is_dir() and _NAME.fullmatch(path.name)]
