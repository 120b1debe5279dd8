"""What a run hands to its Locust workers, through the environment."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

VARIABLE = "SUBVENUE_LOAD"


@dataclass(frozen=True)
class Settings:
    """Of one run: `urls` by region, the people, the minutes, a token for organisers, where results go."""

    urls: dict[str, str]
    users: int
    minutes: float
    seed: int
    operator: str
    sub_venues: list[str]
    folder: str

    def environment(self) -> dict[str, str]:
        """These settings as a variable."""
        return {VARIABLE: json.dumps(asdict(self))}

    @classmethod
    def read(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """The settings a run has handed over. Raises KeyError outside of one."""
        return cls(**json.loads(environment[VARIABLE]))

    @property
    def results(self) -> Path:
        """The folder for results."""
        return Path(self.folder)
