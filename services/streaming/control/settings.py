"""Streaming control's settings, read once from the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """`capability_secret_file` holds the secret that control shares with the media nodes."""

    capability_secret_file: str

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Settings:
        """From `SUBVENUE_` variables. Raises `KeyError` where one without a default is missing."""
        return cls(capability_secret_file=environment["SUBVENUE_CAPABILITY_SECRET_FILE"])
