"""Which processes on this machine are a run's own, found by a mark in their environment (Linux /proc).

A pid file alone may name a stranger: after a crash, or a reboot, the number belongs to someone else.
"""

import contextlib
import os
import signal
import time
from pathlib import Path

MARK = "SUBVENUE_SUPERVISED"


def marked(run_dir: Path) -> dict[str, str]:
    """Our environment with the mark, which every process below inherits."""
    return {**os.environ, MARK: str(run_dir)}


def is_ours(pid: int, run_dir: Path) -> bool:
    """True when `pid` is alive (no zombie) and was started for `run_dir`."""
    try:
        environment = Path(f"/proc/{pid}/environ").read_bytes()  # empty for a zombie
    except OSError:
        return False
    return f"{MARK}={run_dir}".encode() in environment.split(b"\0")


def pid_in(file: Path, run_dir: Path) -> int | None:
    """The pid in `file`, if that process lives and is ours."""
    try:
        pid = int(file.read_text())
    except (FileNotFoundError, ValueError):
        return None
    return pid if is_ours(pid, run_dir) else None


def find(run_dir: Path) -> list[int]:
    """Every living process started for `run_dir`, by any path."""
    numbers = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return [pid for pid in numbers if pid != os.getpid() and is_ours(pid, run_dir)]


def sweep(run_dir: Path, patience: float = 5.0) -> None:
    """End what is left of a run: SIGTERM, and SIGKILL for what has not gone within `patience` seconds.

    Raises TimeoutError when a process survives even that.
    """
    for wait, strength in ((patience, signal.SIGTERM), (patience, signal.SIGKILL)):
        for pid in find(run_dir):
            _send(pid, strength)
        if _gone_within(wait, run_dir):
            return
    raise TimeoutError(f"these processes did not end: {find(run_dir)}")


def _send(pid: int, strength: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, strength)


def _gone_within(seconds: float, run_dir: Path) -> bool:
    deadline = time.monotonic() + seconds
    while find(run_dir):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
