"""Access tokens for roles that no registration gives, made as `make token` makes them."""

from __future__ import annotations

import os
import subprocess
import sys

from deploy.local.paths import ROOT
from deploy.local.stack import Stack


def operator_token(stack: Stack) -> str:
    """A token for an operator of the conference on `stack`."""
    command = [sys.executable, "-m", "services.registration", "token", "--role", "operator"]
    environment = {**os.environ, **stack.env}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.strip()
