"""The search service's settings, read once from the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """With an `elasticsearch_url` the index is there; without, in the directory `search_dir`."""

    elasticsearch_url: str = ""
    search_dir: Path = Path(".run/search")

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Settings:
        """From `SUBVENUE_` variables."""
        return cls(
            elasticsearch_url=environment.get("SUBVENUE_ELASTICSEARCH_URL", cls.elasticsearch_url),
            search_dir=Path(environment.get("SUBVENUE_SEARCH_DIR") or cls.search_dir),
        )
