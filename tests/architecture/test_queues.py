"""The names of durable queues are pinned.

A queue outlives the release that made it. A renamed handler leaves its old queue behind, bound and filling, and
what waits in it is never handled. Whoever changes queues.txt on purpose also writes down, in CHANGELOG.md, what
operators do with the old queue.
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PINNED = (ROOT / "tests/architecture/queues.txt").read_text().split()
SERVICES = [
    "services.registration.service",
    "services.jobs.service",
    "services.search.service",
    "services.streaming.control.service",
]


def test_queue_names_are_pinned():
    """The services consume exactly the queues in queues.txt, no more, no fewer, none renamed."""
    program = [sys.executable, str(ROOT / "tests/architecture/list_queues.py"), *SERVICES]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    found = subprocess.run(program, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert found.returncode == 0, found.stderr
    assert found.stdout.split() == PINNED


def test_the_list_is_sorted():
    """So that two branches that add a queue each do not conflict by order."""
    assert sorted(set(PINNED)) == PINNED
