"""A whole seeding: load, watch the index, wait for it, account for everything."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping

from rich.console import Console

from . import index
from .convention import Convention
from .delivery import Bus
from .ledger import account, table
from .loading import ROWS, Load
from .progress import progress
from .tally import Tally


async def seed(bus: Bus, convention: Convention, console: Console) -> bool:
    """Load the convention and say what is there. Answers whether every figure is exact."""
    began = time.monotonic()
    figures = convention.figures
    expected = figures.searchable
    before = await index.count(bus)
    loaded = asyncio.Event()
    rows = {row: getattr(figures, row) for row in ROWS} | {"searchable": sum(expected.values())}
    with progress(console, rows) as shown:
        load = Load(bus, convention, shown)

        async def load_all() -> None:
            await load.run()
            loaded.set()

        async with asyncio.TaskGroup() as together:
            together.create_task(load_all())
            watching = together.create_task(
                index.watch(bus, expected, loaded, lambda done: shown.reach("searchable", done))
            )
    found = watching.result()
    searchable: dict[str, int | None] = {figure: found.get(figure, 0) for figure in expected}
    searchable["countries"] = await index.count_countries(bus)
    lines = account(figures, load.tally, searchable, others(before, expected, load.fresh))
    console.print(table(lines))
    console.print(_summary(load, time.monotonic() - began), highlight=False)
    return all(line.right for line in lines)


def others(before: Mapping[str, int], expected: Mapping[str, int], fresh: Tally) -> dict[str, int]:
    """How many documents of others the index may hold: what it held before and what is new, less ours."""
    return {figure: max(0, before.get(figure, 0) + fresh[figure] - ours) for figure, ours in expected.items()}


def _summary(load: Load, seconds: float) -> str:
    phases = " · ".join(f"{kind.replace('_', ' ')} {one.seconds:.1f} s" for kind, one in load.imported.items())
    created = sum(one.created for one in load.imported.values())
    existing = sum(one.existing for one in load.imported.values())
    return f"{created:,} created, {existing:,} there already, in {seconds:.1f} s ({phases})"
