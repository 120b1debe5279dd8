"""Three quarters of a minute of chaos: everybody is killed once, and nothing is lost."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local import debian

ROOT = Path(__file__).resolve().parents[2]
#: Much less than a quiet machine does, and still no empty run.
DEMANDS = ("--least-kills", "8", "--least-of-each", "1", "--least-acknowledged", "200", "--converge", "80")


@pytest.mark.timeout(600)
def test_nothing_is_lost_while_everybody_is_killed(tmp_path: Path) -> None:
    """Nothing acknowledged is lost, doubled, invented or told out of order; every process was killed."""
    if not debian.rabbitmq_server():
        pytest.skip("RabbitMQ is not installed: apt-get install rabbitmq-server")
    command = [sys.executable, "-m", "tests.chaos", "--seconds", "45", "--seed", "11", "--out", str(tmp_path)]
    done = subprocess.run([*command, *DEMANDS], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    assert "nothing lost, nothing doubled, nothing invented, all in order" in done.stdout
