"""Streaming control's settings, read once from the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Settings:
    """`capability_secret_file` holds the secret that control shares with the media nodes.

    `fallbacks` says for each region of media nodes where its viewers go when it has none that is free.
    """

    capability_secret_file: str
    fallbacks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Settings:
        """From `SUBVENUE_` variables. Raises `KeyError` where one without a default is missing."""
        return cls(
            capability_secret_file=environment["SUBVENUE_CAPABILITY_SECRET_FILE"],
            fallbacks=fallbacks_of(environment.get("SUBVENUE_REGION_FALLBACKS", "")),
        )


def fallbacks_of(text: str) -> dict[str, tuple[str, ...]]:
    """The lists in "eu:us,asia; asia:us"."""
    pairs = (part.partition(":") for part in text.split(";") if part.strip())
    return {name.strip(): tuple(one.strip() for one in others.split(",")) for name, _, others in pairs}
