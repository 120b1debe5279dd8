"""How people arrive: all in the minute when the doors open, most of them in its first half."""

from __future__ import annotations

SURGE_SECONDS = 30.0
SURGE_SHARE = 0.6
#: The others come evenly until then.
ALL_THERE = 60.0


def arrived(now: float, seconds: float) -> float:
    """The share of the people that has arrived `now` seconds after the opening, in a run of `seconds`."""
    quicker = min(1.0, seconds / (2 * ALL_THERE))  # a short run has a shorter opening
    surge, all_there = SURGE_SECONDS * quicker, ALL_THERE * quicker
    if now < surge:
        return SURGE_SHARE * now / surge
    return min(1.0, SURGE_SHARE + (1 - SURGE_SHARE) * (now - surge) / (all_there - surge))
