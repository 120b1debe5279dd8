"""Taking turns at one aggregate without a lock: read, decide, write under the version that was read, or again."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

from .contracts.errors import VersionConflict

T = TypeVar("T")
_TRIES = 60


def in_turn(change: Callable[[], T]) -> T:
    """Run `change` until nobody got in its way; each time somebody did, somebody else has got on.

    Raises `VersionConflict` when that goes on for too long. The waits are short and random, at most 10 ms.
    """
    for _ in range(_TRIES):
        try:
            return change()
        except VersionConflict:
            time.sleep(random.uniform(0, 0.01))
    raise VersionConflict("too many change this at once; try again")
