"""Importing a module does nothing: it connects to nobody, reads no setting, starts no thread and no process."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WATCH = ROOT / "tests/architecture/watch_imports.py"
CLEAN: dict[str, list[str]] = {"sockets": [], "environment": [], "threads": [], "processes": []}


def modules(top: str) -> list[str]:
    """Every module under a top-level folder, by its dotted name."""
    paths = sorted((ROOT / top).rglob("*.py"))
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in paths]
    return [name.removesuffix(".__init__") for name in names if "docker" not in name]


def watch(names: list[str], path: Path = ROOT) -> dict[str, list[str]]:
    """What importing `names` does, in a fresh Python that finds them under `path`."""
    environment = {"PYTHONPATH": str(path), "PATH": "/usr/bin:/bin"}
    found = subprocess.run(
        [sys.executable, WATCH, *names], cwd=path, env=environment, capture_output=True, text=True
    )
    assert found.returncode == 0, found.stderr
    return json.loads(found.stdout.splitlines()[-1])


@pytest.mark.parametrize("top", ["messaging", "services", "gateway", "deploy"])
def test_importing_does_nothing(top):
    """All modules of ours import quietly, even with an empty environment."""
    assert watch(modules(top)) == CLEAN


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("import os; os.environ.get('SUBVENUE_PORT')", "environment"),
        ("import os; os.getenv('SUBVENUE_PORT', '8000')", "environment"),
        ("import os; 'SUBVENUE_PORT' in os.environ", "environment"),
        ("import socket; socket.create_server(('127.0.0.1', 0)).close()", "sockets"),
        ("import threading; threading.Thread(target=threading.Event().wait, daemon=True).start()", "threads"),
        ("import subprocess; subprocess.run(['true'])", "processes"),
    ],
)
def test_the_watcher_notices(tmp_path, line, kind):
    """The check above can fail: a module with such a line is found."""
    (tmp_path / "messaging").mkdir()
    (tmp_path / "messaging/loud.py").write_text(line)
    assert watch(["messaging.loud"], tmp_path)[kind]
