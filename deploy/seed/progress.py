"""How far the load is: bars on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

#: Seconds between two plain lines.
LINE_EVERY = 5.0


class Progress(Protocol):
    """Rows that fill."""

    def reach(self, row: str, done: int) -> None:
        """`done` of the row are done."""


class OnTerminal:
    """A bar for each row."""

    def __init__(self, bars: Bars, rows: Mapping[str, int]) -> None:
        self._bars = bars
        self._rows: dict[str, TaskID] = {row: bars.add_task(_label(row), total=n) for row, n in rows.items()}

    def reach(self, row: str, done: int) -> None:
        """See `Progress`."""
        self._bars.update(self._rows[row], completed=done)


class AsLines:
    """One line with all rows, every few seconds."""

    def __init__(self, console: Console, rows: Mapping[str, int]) -> None:
        self._console = console
        self._rows = rows
        self._done = dict.fromkeys(rows, 0)
        self._said = time.monotonic()

    def reach(self, row: str, done: int) -> None:
        """See `Progress`."""
        self._done[row] = done
        if time.monotonic() - self._said >= LINE_EVERY:
            self.say()

    def say(self) -> None:
        """Write the line now."""
        self._said = time.monotonic()
        state = (f"{_label(row)} {self._done[row]:,}/{total:,}" for row, total in self._rows.items())
        self._console.print(" · ".join(state), soft_wrap=True, highlight=False)


@contextmanager
def progress(console: Console, rows: Mapping[str, int]) -> Iterator[Progress]:
    """Show `rows` (name → total) while the body runs."""
    if not console.is_terminal:
        lines = AsLines(console, rows)
        yield lines
        lines.say()
        return
    columns = (TextColumn("{task.description:>14}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bars(*columns, console=console) as bars:
        yield OnTerminal(bars, rows)


def _label(row: str) -> str:
    return row.replace("_", " ")
