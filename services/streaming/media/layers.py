"""Which simulcast layer suits a viewer: the rungs of its ladder, from the sharpest picture to sound alone.

Told once a second what the viewer reports. It goes down soon, and up after a while without trouble; an attempt
that fails makes the next one wait longer. A viewer's estimate (REMB) never rises far above what it is sent, so
going up is an attempt: no figure could promise that it will do.
"""

from __future__ import annotations

from collections.abc import Sequence

SOUND_ALONE = -1

_BAD_LOSS, _GOOD_LOSS = 0.10, 0.02
_SHORT = 0.9  # an estimate below this part of what is sent means that it does not get through
_MARGIN = 0.85  # of the estimate that a layer may take
_BAD_SECONDS = 2  # until it goes down
_FIRST_PATIENCE, _MOST_PATIENCE = 8, 128  # seconds until it tries to go up
_TRIAL = 10  # seconds after which an attempt has succeeded
_DESPERATE = 5  # bad seconds on the lowest layer until the picture is given up


class Ladder:
    """The rung of one viewer. `rung` counts layers from the lowest, 0, up; `SOUND_ALONE` is below them."""

    def __init__(self) -> None:
        self.rung: int | None = None
        self._bad = self._calm = 0
        self._patience = _FIRST_PATIENCE
        self._since_up = _TRIAL

    def choose(self, bitrates: Sequence[int], estimate: int, lost: float) -> int:
        """The rung for the next second.

        `bitrates` are those of the layers that flow, ascending (bits/s); `estimate` is the viewer's, 0 where it
        gives none; `lost` the fraction of packets that it missed lately.
        """
        if self.rung is None:
            self.rung = self._affordable(bitrates, estimate) if estimate else len(bitrates) - 1
        self.rung = min(self.rung, len(bitrates) - 1)
        sent = bitrates[self.rung] if self.rung >= 0 else 0
        is_bad = lost > _BAD_LOSS or 0 < estimate < _SHORT * sent
        self._bad = self._bad + 1 if is_bad else 0
        self._calm = self._calm + 1 if lost < _GOOD_LOSS and not is_bad else 0
        self._since_up += 1
        if self._since_up == _TRIAL:
            self._patience = _FIRST_PATIENCE
        if self._bad >= (_BAD_SECONDS if self.rung > 0 else _DESPERATE):
            self._down(bitrates, estimate)
        elif self.rung < len(bitrates) - 1 and self._may_try(bitrates[self.rung + 1], estimate):
            self.rung += 1
            self._calm = self._since_up = 0
        return self.rung

    def _may_try(self, bitrate: int, estimate: int) -> bool:
        return self._calm >= 2 and (estimate * _MARGIN > bitrate or self._calm >= self._patience)

    def _down(self, bitrates: Sequence[int], estimate: int) -> None:
        assert self.rung is not None
        if self._since_up < _TRIAL:
            self._patience = min(_MOST_PATIENCE, 2 * self._patience)
        lower = max(SOUND_ALONE, self.rung - 1)
        if estimate and self.rung > 0:
            lower = min(lower, self._affordable(bitrates, estimate))
        self.rung, self._bad, self._calm, self._since_up = lower, 0, 0, _TRIAL

    @staticmethod
    def _affordable(bitrates: Sequence[int], estimate: int) -> int:
        """The highest layer that the estimate has room for, else the lowest."""
        return max((i for i, bitrate in enumerate(bitrates) if bitrate <= _MARGIN * estimate), default=0)
