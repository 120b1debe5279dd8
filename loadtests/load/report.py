"""What people look at: tables on the terminal, and a page with plots."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

from loadtests import plot

from .checking import Accounted
from .verdict import QUEUE_AGE_SECONDS, Line
from .watching import Watch

COLUMNS = ("requests", "failures", "p50", "p95", "p99", "p100")
STYLE = "body{font:15px sans-serif;max-width:60em;margin:2em auto}td,th{text-align:right;padding:.2em .8em}"


def requests_table(summary: Mapping[str, Any]) -> Table:
    """Every kind and name of request with its figures; times in milliseconds."""
    drawn = Table(box=SIMPLE_HEAD)
    drawn.add_column("")
    for column in COLUMNS:
        drawn.add_column(column, justify="right")
    for part in ("names", "kinds"):
        for name, figures in sorted(summary[part].items()):
            drawn.add_row(name, *(f"{figures[column]:,.0f}" for column in COLUMNS))
        drawn.add_section()
    return drawn


def processes_table(watch: Watch) -> Table:
    """What each process took: its mean and highest share of a core, and its memory in the end in MiB."""
    drawn = Table(box=SIMPLE_HEAD)
    for column in ("process", "cores, mean", "cores, most", "MiB"):
        drawn.add_column(column, justify="left" if column == "process" else "right")
    for name, samples in sorted(watch.cores.items()):
        shares = [share for _, share in samples]
        mean, most = sum(shares) / len(shares), max(shares)
        drawn.add_row(name, f"{mean:.2f}", f"{most:.2f}", f"{watch.memory[name][-1][1]:,.0f}")
    return drawn


def verdict_table(lines: list[Line]) -> Table:
    """The thresholds."""
    drawn = Table(box=SIMPLE_HEAD)
    for column in ("threshold", "seen", "allowed", ""):
        drawn.add_column(column, justify="left" if column == "threshold" else "right")
    for line in lines:
        kept = "[green]kept[/]" if line.kept else "[red]missed[/]"
        drawn.add_row(line.what, f"{line.seen:,.3g} {line.unit}", f"{line.limit:,.3g} {line.unit}", kept)
    return drawn


def write_page(
    folder: Path, title: str, lines: list[Line], accounted: Accounted, watch: Watch, summary: Mapping[str, Any]
) -> Path:
    """`report.html`, beside Locust's own `locust.html`."""
    rows = [
        (line.what, f"{line.seen:.3g} {line.unit}", f"{line.limit:.3g} {line.unit}", line.kept) for line in lines
    ]
    plots = [
        plot.lines("Registered to findable", "s", {"probe": watch.findable}, QUEUE_AGE_SECONDS),
        plot.lines("Memory", "MiB", watch.memory),
        plot.lines("Processor time", "cores", watch.cores),
    ]
    named = [
        (name, *(f"{figures[column]:,.0f}" for column in COLUMNS))
        for name, figures in sorted(summary["names"].items())
    ]
    written = [
        f"<!doctype html><meta charset=utf-8><title>{escape(title)}</title><style>{STYLE}</style>",
        f"<h1>{escape(title)}</h1>",
        _table(("threshold", "seen", "allowed", "kept"), rows),
        _table(("acknowledged", "count"), sorted(accounted.acknowledged.items())),
        _table(("live session", ""), summary.get("played", {}).items()),
        *plots,
        _table(("request", *COLUMNS), named),
        "<p><a href=locust.html>Locust's own report</a></p>",
    ]
    page = folder / "report.html"
    page.write_text("\n".join(written))
    return page


def _table(head: tuple[str, ...], rows: Any) -> str:
    def row(cells: Any, tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{escape(str(cell))}</{tag}>" for cell in cells) + "</tr>"

    return f"<table>{row(head, 'th')}{''.join(row(cells, 'td') for cells in rows)}</table>"
