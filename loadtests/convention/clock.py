"""Conference time, in fast motion: hours of programme become seconds, and nights are nearly nothing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

#: A pause in the programme that is longer than this is cut to it.
LONGEST_PAUSE = timedelta(minutes=20)


class FastClock:
    """Plays the moments of a programme within `seconds`, each at its proper share of them."""

    def __init__(self, moments: Sequence[datetime], seconds: float) -> None:
        ordered = sorted(set(moments))
        at, places = timedelta(), {ordered[0]: timedelta()}
        for earlier, later in pairwise(ordered):
            at += min(later - earlier, LONGEST_PAUSE)
            places[later] = at
        whole = at or timedelta(seconds=1)
        self._second = {moment: seconds * (place / whole) for moment, place in places.items()}
        self._began = time.monotonic()

    def start(self) -> None:
        """The first moment is now."""
        self._began = time.monotonic()

    def second_of(self, moment: datetime) -> float:
        """When `moment` comes, in seconds after the first."""
        return self._second[moment]

    async def reach(self, moment: datetime) -> None:
        """Return when `moment` has come."""
        await asyncio.sleep(max(0.0, self._began + self._second[moment] - time.monotonic()))
