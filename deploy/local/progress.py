"""What a person sees while the parts come up: a live table on a terminal, plain lines in a log."""

from types import TracebackType

from rich.console import Console
from rich.live import Live
from rich.table import Table

from deploy.local import processes


class Progress:
    """Use as a context manager and hand it to `Stack.up` as `tell`."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._states: dict[str, tuple[str, float]] = {}
        self._live = Live(get_renderable=self._table, console=console, refresh_per_second=8)

    def __enter__(self) -> "Progress":
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._console.is_terminal:
            self._live.stop()

    def __call__(self, name: str, state: str, seconds: float) -> None:
        """A process called `name` is now "starting" or "ready", `seconds` after the beginning."""
        self._states[name] = (state, seconds)
        if not self._console.is_terminal and state == "ready":
            self._console.print(f"  {name:<14} ready after {seconds:4.1f} s", highlight=False)

    def _table(self) -> Table:
        table = Table(box=None, show_header=False, padding=(0, 2))
        for name, (state, seconds) in self._states.items():
            shown = f"[green]ready[/] after {seconds:.1f} s" if state == "ready" else f"[yellow]{state} ...[/]"
            table.add_row(f"[bold]{name}[/]", shown, f"[dim]{processes.by_name(name).does}[/]")
        return table
