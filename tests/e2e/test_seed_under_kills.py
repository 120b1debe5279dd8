"""The demo convention is loaded while processes die: it ends with the exact figures all the same."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from deploy.local import trial
from deploy.local.stack import Stack

ROOT = Path(__file__).resolve().parents[2]
VICTIMS = ("registration", "jobs", "search", "streaming", "documents", "broker")


@pytest.fixture(scope="module")
def own_conference(tmp_path_factory: pytest.TempPathFactory) -> object:
    """A conference of its own: the figures must be those of this convention and nothing else."""
    with trial.running(tmp_path_factory.mktemp("killed")) as stack:
        yield stack


@pytest.mark.timeout(420)
def test_seed_ends_exact_though_every_process_is_killed(own_conference: Stack) -> None:
    """SIGKILL to one process after another during a seed of a tenth: all come back, and the ledger is exact."""
    killed: list[str] = []
    seeded = threading.Event()

    def kill_in_turn() -> None:
        for name in itertools.cycle(VICTIMS):
            if seeded.wait(1.0):
                return
            own_conference.kill(name)
            killed.append(name)
            own_conference.wait_ready()

    nemesis = threading.Thread(target=kill_in_turn)
    nemesis.start()
    try:
        command = [sys.executable, "-m", "deploy.seed", "--scale", "0.1"]
        done = subprocess.run(
            command,
            cwd=ROOT,
            env={**os.environ, **own_conference.env},
            capture_output=True,
            text=True,
            timeout=400,
            check=False,
        )
    finally:
        seeded.set()
        nemesis.join()
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
    assert len(killed) >= 3, f"only {killed} were killed before the seed ended"
