"""What a private broker can be told and asked by its own command line."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from deploy.local import broker, debian, processes
from deploy.local.stack import Stack


def rabbitmqctl(stack: Stack, *words: str) -> str:
    """Run `rabbitmqctl` on the broker of a stack; its standard output. Skips the test where there is none."""
    script = Path(debian.rabbitmq_server() or "").with_name("rabbitmqctl")
    if not script.is_file():
        pytest.skip("rabbitmqctl is not installed")
    own = {name: processes.fill(text, str(stack.run_dir), stack.env) for name, text in broker.ENVIRONMENT.items()}
    done = subprocess.run(
        [str(script), "--quiet", *words],
        env={**os.environ, **own},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def holdings(stack: Stack) -> dict[str, int]:
    """How much the broker holds for its clients: connections, channels, queues."""
    asked = {"connections": "pid", "channels": "pid", "queues": "name"}
    return {
        kind: len(rabbitmqctl(stack, f"list_{kind}", "--no-table-headers", column).split())
        for kind, column in asked.items()
    }
