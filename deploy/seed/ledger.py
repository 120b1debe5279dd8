"""The account at the end: each figure, what was expected, what is there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rich.box import SIMPLE_HEAD
from rich.table import Table

from .figures import SCOPES, Figures
from .tally import Tally


@dataclass(frozen=True)
class Line:
    """One figure. `searchable` is None where no search shows it; `others` were there before the load."""

    figure: str
    expected: int
    stored: int
    searchable: int | None = None
    others: int = 0

    @property
    def right(self) -> bool:
        """Exactly what is expected; the index may hold others' documents, if they were there before."""
        if self.stored != self.expected:
            return False
        return self.searchable is None or 0 <= self.searchable - self.expected <= self.others


def account(
    figures: Figures, tally: Tally, searchable: Mapping[str, int], others: Mapping[str, int]
) -> list[Line]:
    """A line for each figure; `stored` is what the services have answered for, as new or as known."""
    return [
        Line(figure, getattr(figures, figure), tally[figure], searchable.get(figure), others.get(figure, 0))
        for figure in SCOPES
    ]


def table(lines: Iterable[Line]) -> Table:
    """The lines for people."""
    drawn = Table(box=SIMPLE_HEAD)
    drawn.add_column("figure")
    for column in ("expected", "stored", "searchable"):
        drawn.add_column(column, justify="right")
    drawn.add_column("")
    for line in lines:
        searchable = "" if line.searchable is None else f"{line.searchable:,}"
        verdict = "[green]exact[/]" if line.right else "[red]differs[/]"
        figure = line.figure.replace("_", " ")
        drawn.add_row(figure, f"{line.expected:,}", f"{line.stored:,}", searchable, verdict)
    return drawn
