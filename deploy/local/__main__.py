"""`python -m deploy.local up|down|restart|status|logs|welcome|run|reset`: what the Makefile calls."""

import argparse
import os
import shutil
import sys
import time
from pathlib import Path

from rich.console import Console

from deploy.local import processes, settings, welcome
from deploy.local.paths import ROOT
from deploy.local.progress import Progress
from deploy.local.stack import NotReady, Stack
from deploy.local.status import status_table

console = Console(soft_wrap=True)


def up(stack: Stack) -> None:
    """Start what does not run, and wait until all is ready."""
    began = time.monotonic()
    with Progress(console) as progress:
        stack.up(settings.given(), tell=progress)
    seconds = time.monotonic() - began
    console.print(f"[green]Everything is ready[/] ({seconds:.0f} s): {stack.gateway_url}", highlight=False)


def down(stack: Stack) -> None:
    """Stop everything; data stays."""
    stack.down()
    console.print("Stopped. Data stays in .run; `make reset` would delete it.")


def reset(stack: Stack) -> None:
    """Stop everything and delete its data."""
    stack.down()
    shutil.rmtree(stack.run_dir, ignore_errors=True)
    console.print("Stopped, and all data deleted.")


def status(stack: Stack) -> None:
    """Print the table of processes."""
    console.print(status_table(stack))


def restart(stack: Stack, names: list[str]) -> None:
    """Stop the processes called so; the supervisor starts them again with today's code."""
    if not names:
        sys.exit(f"Which one? make restart P=name, with one of: {', '.join(processes.NAMES)}")
    for name in names:
        processes.by_name(name)
        stack.restart(name)
        console.print(f"{name} is ready again.")


def logs(stack: Stack, names: list[str]) -> None:
    """Follow the logs; does not return."""
    known = map(processes.by_name, names)
    files = [str(stack.run_dir / "logs" / f"{process.name}.log") for process in known]
    files = files or sorted(str(file) for file in (stack.run_dir / "logs").glob("*.log"))
    if not files:
        sys.exit("No logs yet: nothing has been started here.")
    os.execvp("tail", ["tail", "-n", "40", "-F", *files])


def run(stack: Stack, command: list[str]) -> None:
    """Become `command`, with the settings of the run in its environment; does not return."""
    if not stack.env:
        sys.exit("Nothing has been started here yet. Try: make up")
    os.chdir(ROOT)
    os.execvpe(command[0], command, {**os.environ, **stack.env})


def main() -> None:
    """Parse the command line and do what it says."""
    parser = argparse.ArgumentParser(prog="python -m deploy.local", description=__doc__)
    parser.add_argument("action", choices=["up", "down", "restart", "status", "logs", "welcome", "run", "reset"])
    parser.add_argument("rest", nargs=argparse.REMAINDER, help="restart, logs: a process; run: a command")
    words = parser.parse_args()
    stack = Stack(Path(os.environ.get("SUBVENUE_RUN_DIR") or ROOT / ".run"))
    try:
        match words.action:
            case "restart":
                restart(stack, words.rest)
            case "logs":
                logs(stack, words.rest)
            case "run":
                run(stack, words.rest)
            case "welcome":
                Console(width=max(console.width, 100)).print(welcome.page(stack))
            case action:
                {"up": up, "down": down, "status": status, "reset": reset}[action](stack)
    except NotReady as late:
        console.print(f"\n[red]{late}.[/] The end of its log:\n")
        print(late.log)
        sys.exit(1)
    except (settings.PortRefused, KeyError, ValueError) as mistake:
        sys.exit(str(mistake.args[0]))


if __name__ == "__main__":
    main()
