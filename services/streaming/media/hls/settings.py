"""What may differ between nodes in packaging and recording; read once from the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_GIB = 1024**3


@dataclass(frozen=True, kw_only=True)
class HlsSettings:
    """`recordings` is the folder of the recordings; None records nothing, and only `window` can be played.

    `window` in seconds is what a live player may go back. `aac` makes AAC beside Opus, for some 3 % of a core a
    session. Of recordings `most_bytes` are kept, for `most_days`; 0 is no limit.
    """

    recordings: Path | None = None
    window: float = 600.0
    aac: bool = True
    most_bytes: int = 20 * _GIB
    most_days: float = 30.0

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> HlsSettings:
        """Reads the environment. Raises ValueError for what is no number."""
        folder, node = environ.get("SUBVENUE_RECORDINGS_DIR", ""), environ.get("SUBVENUE_MEDIA_NODE") or "media-1"
        return cls(
            recordings=Path(folder) / node if folder else None,  # nodes that share a disk share no file
            window=max(30.0, float(environ.get("SUBVENUE_HLS_WINDOW") or cls.window)),
            aac=environ.get("SUBVENUE_HLS_AAC", "1") != "0",
            most_bytes=int(float(environ.get("SUBVENUE_RECORDINGS_GB") or cls.most_bytes / _GIB) * _GIB),
            most_days=float(environ.get("SUBVENUE_RECORDINGS_DAYS") or cls.most_days),
        )
