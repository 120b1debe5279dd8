"""supervisord: starts every process, and starts again what dies."""

import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from deploy.local import leftovers
from deploy.local.paths import ROOT
from deploy.local.processes import Process

ENOUGH_TIME_TO_STOP = 15  # seconds a process has after SIGTERM

# Files are relative to the run folder, where supervisord starts: it mistakes a per cent sign in their path.
HEAD = """\
[supervisord]
logfile=logs/supervisord.log
logfile_maxbytes=2MB
logfile_backups=2
pidfile=supervisord.pid
childlogdir=logs
user={user}
"""

# startretries: never give up; the pause between tries grows by a second each.
PROGRAM = """
[program:{name}]
command={command}
directory={root}
autorestart=true
startsecs=1
startretries=1000000
stopwaitsecs={patience}
stopasgroup=true
killasgroup=true
redirect_stderr=true
stdout_logfile=logs/{name}.log
stdout_logfile_maxbytes=5MB
stdout_logfile_backups=3
"""

# Groups stop one after the other, the highest priority first, and within a group all at once: our processes
# can finish what they are doing while broker and stores are still there.
GROUP = """
[group:{name}]
programs={programs}
priority={priority}
"""


def start(run_dir: Path, processes: Sequence[Process]) -> None:
    """Start supervisord in the background, which starts `processes`."""
    configuration = run_dir / "supervisord.conf"
    configuration.write_text(_configuration(run_dir, processes))
    command = [sys.executable, "-m", "supervisor.supervisord", "-c", str(configuration)]
    subprocess.run(command, cwd=run_dir, env=leftovers.marked(run_dir), check=True, stdout=subprocess.DEVNULL)


def pid(run_dir: Path) -> int | None:
    """The running supervisord's, or None."""
    return leftovers.pid_in(run_dir / "supervisord.pid", run_dir)


def stop(run_dir: Path) -> None:
    """Stop supervisord and all it started; whatever does not go is killed. Returns when nothing is left."""
    running = pid(run_dir)
    if running:
        os.kill(running, signal.SIGTERM)
        deadline = time.monotonic() + 2 * ENOUGH_TIME_TO_STOP + 5
        while leftovers.is_ours(running, run_dir) and time.monotonic() < deadline:
            time.sleep(0.05)
    leftovers.sweep(run_dir)
    for pattern in ("*.pid", "*/*.pid"):
        for file in run_dir.glob(pattern):
            file.unlink(missing_ok=True)


def _configuration(run_dir: Path, processes: Sequence[Process]) -> str:
    words = {"root": ROOT, "patience": ENOUGH_TIME_TO_STOP}
    parts = [HEAD.format(user=os.geteuid())]
    for process in processes:
        launcher = [sys.executable, "-S", "-m", "deploy.local.launch", str(run_dir), process.name]
        parts.append(PROGRAM.format(**_escaped({**words, "name": process.name, "command": shlex.join(launcher)})))
    return "".join([*parts, *_groups(processes)])


def _groups(processes: Sequence[Process]) -> Iterator[str]:
    ours = [process.name for process in processes if not process.replaced_by]
    embedded = [process.name for process in processes if process.replaced_by]
    for priority, (name, programs) in enumerate([("embedded", embedded), ("ours", ours)]):
        if programs:
            yield GROUP.format(name=name, programs=",".join(programs), priority=priority)


def _escaped(words: dict[str, object]) -> dict[str, str]:
    """A per cent sign begins an expansion in supervisord's configuration."""
    return {name: str(word).replace("%", "%%") for name, word in words.items()}
