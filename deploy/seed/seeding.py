"""A whole seeding: load, watch the index, wait for it, account for everything."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping

from rich.console import Console

from . import index
from .convention import Convention
from .delivery import Bus
from .figures import Figures
from .ledger import account, table
from .loading import ROWS, Load
from .progress import Progress, progress
from .tally import Tally


async def seed(bus: Bus, convention: Convention, console: Console) -> bool:
    """Load the convention and say what is there. Answers whether every figure is exact."""
    began = time.monotonic()
    figures = convention.figures
    searchable = figures.documents | {"countries": figures.countries}
    before = await index.count(bus)
    with progress(console, _rows(figures)) as shown:
        load = Load(bus, convention, shown)
        found = await _load_and_wait(load, searchable, shown)
    lines = account(figures, load.tally, found, others(before, searchable, load.fresh))
    console.print(table(lines))
    console.print(_summary(load, time.monotonic() - began), highlight=False, soft_wrap=True)
    return all(line.right for line in lines)


def _rows(figures: Figures) -> dict[str, int]:
    return {row: getattr(figures, row) for row in ROWS} | {"searchable": sum(figures.documents.values())}


async def _load_and_wait(load: Load, searchable: Mapping[str, int], shown: Progress) -> dict[str, int]:
    """Load while watching the index, then wait for it. Answers what searches find."""
    loaded = asyncio.Event()

    def show(counts: Mapping[str, int]) -> None:
        documents = (counts.get(figure, 0) for figure in load.convention.figures.documents)
        shown.reach("searchable", sum(documents))

    async with asyncio.TaskGroup() as together:
        watching = together.create_task(index.watch(load.bus, searchable, loaded, show))
        await load.run()
        loaded.set()
    return watching.result()


def others(before: Mapping[str, int], ours: Mapping[str, int], fresh: Tally) -> dict[str, int]:
    """How much more than ours the index may hold: what it held before and what is new, less ours."""
    return {figure: max(0, before.get(figure, 0) + fresh[figure] - expected) for figure, expected in ours.items()}


def _summary(load: Load, seconds: float) -> str:
    phases = " · ".join(f"{kind.replace('_', ' ')} {one.seconds:.1f} s" for kind, one in load.imported.items())
    created = sum(one.created for one in load.imported.values())
    existing = sum(one.existing for one in load.imported.values())
    return f"{created:,} created, {existing:,} there already, in {seconds:.1f} s ({phases})"
