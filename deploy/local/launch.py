"""What the supervisor runs for each process: note the pid, wait for what is needed, become the process.

`python -m deploy.local.launch RUN_DIR NAME`. Standard library only, so that it starts in no time.
"""

import os
import shlex
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from deploy.local import environment_file, processes
from deploy.local.leftovers import MARK
from deploy.local.processes import Process
from deploy.local.ready import is_ready

LOOK_AGAIN = 0.1  # seconds


def launch(run_dir: str, name: str) -> None:
    """Replace this process by the one called `name`; does not return."""
    settings = environment_file.read(Path(run_dir) / "run.env")
    process = processes.by_name(name)
    (Path(run_dir) / f"{name}.pid").write_text(f"{os.getpid()}\n")
    for need in _needs(process, settings):
        _wait_for(need.name, processes.fill(need.ready, run_dir, settings))
    command = [processes.fill(word, run_dir, settings) for word in process.command.split()]
    print(f"starting {shlex.join(command)}", flush=True)
    os.execvpe(command[0], command, environment(process, run_dir, settings))


def environment(process: Process, run_dir: str, settings: dict[str, str]) -> dict[str, str]:
    """What `process` runs in: the settings of the run, its own additions, and the caller's environment.

    A stray RABBITMQ_* of another broker on this machine does not reach ours, nor a SUBVENUE_* of another run.
    """
    foreign = ("RABBITMQ_", "SUBVENUE_")
    outside = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    mark = {MARK: os.environ[MARK]} if MARK in os.environ else {}
    own = {name: processes.fill(value, run_dir, settings) for name, value in process.environment.items()}
    return {**outside, **mark, **settings, "PYTHONUNBUFFERED": "1", **own}


def _needs(process: Process, settings: dict[str, str]) -> Iterator[Process]:
    here = {other.name: other for other in processes.wanted(settings)}
    return (here[name] for name in process.needs if name in here)


def _wait_for(name: str, address: str) -> None:
    said = False
    while not is_ready(address):
        if not said:
            print(f"waiting for {name} at {address}", flush=True)
            said = True
        time.sleep(LOOK_AGAIN)


if __name__ == "__main__":
    launch(*sys.argv[1:])
