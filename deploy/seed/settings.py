"""Where the broker is: from the environment, or from the local run."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from deploy.local import environment_file


class NotRunning(Exception):
    """No broker is given and no local run has noted one."""


@dataclass(frozen=True)
class Settings:
    """Of the loader."""

    amqp_url: str

    @classmethod
    def read(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """`SUBVENUE_AMQP_URL` from the environment, or else from the local run's ``run.env``.

        Raises `NotRunning`.
        """
        run_dir = Path(environment.get("SUBVENUE_RUN_DIR") or ".run")
        noted = environment_file.read(run_dir / "run.env")
        url = environment.get("SUBVENUE_AMQP_URL") or noted.get("SUBVENUE_AMQP_URL")
        if not url:
            raise NotRunning(f"SUBVENUE_AMQP_URL is not set and {run_dir}/run.env has none: try `make up` first")
        return cls(url)
