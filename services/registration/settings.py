"""The registration service's settings, read once from the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """`token_ttl` is in seconds; the default outlives the two days of the conference."""

    token_private_key_file: str
    token_ttl: int = 259_200

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Settings:
        """From `SUBVENUE_` variables. Raises `KeyError` where one without a default is missing."""
        return cls(
            token_private_key_file=environment["SUBVENUE_TOKEN_PRIVATE_KEY_FILE"],
            token_ttl=int(environment.get("SUBVENUE_TOKEN_TTL", cls.token_ttl)),
        )
