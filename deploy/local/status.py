"""The table of `make status`."""

import os
import time
from datetime import timedelta
from pathlib import Path

from rich.table import Table

from deploy.local.ready import is_ready
from deploy.local.stack import Stack


def status_table(stack: Stack) -> Table:
    """A row per process: state, pid, uptime, address, and whether it answers."""
    table = Table()
    for title in ("process", "state", "pid", "up for", "address", "ready"):
        table.add_column(title, no_wrap=True)
    running = stack.env
    for process in stack.processes():
        pid = stack.pid(process.name)
        address = stack.address(process.name) if running else ""
        answers = pid is not None and is_ready(address)
        table.add_row(
            process.name,
            "[green]running[/]" if pid else "[dim]stopped[/]",
            str(pid or ""),
            str(timedelta(seconds=uptime(pid))) if pid else "",
            address.removesuffix("/readyz"),
            "[green]yes[/]" if answers else "[red]no[/]",
        )
    return table


def uptime(pid: int) -> int:
    """Seconds since the process began; 0 when it has just ended."""
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    ticks = int(after_name[19])  # field 22 of proc(5): start time since boot
    since_boot = time.clock_gettime(time.CLOCK_BOOTTIME)
    return int(since_boot - ticks / os.sysconf("SC_CLK_TCK"))
