"""Where attendees are, and what the way from there does to their packets."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True)
class Region:
    """A part of the world: its share of the attendees, the one-way delay in seconds, the share of chunks lost.

    Delays are half of usual round-trip times to southern China; losses are those of long, busy routes. Both are
    our own assumption, for measuring against, not a measurement of networks.
    """

    name: str
    share: float
    delay: float
    loss: float


REGIONS = (
    Region("home", 0.30, 0.010, 0.0),
    Region("east-asia", 0.25, 0.040, 0.001),
    Region("europe", 0.20, 0.120, 0.005),
    Region("america", 0.20, 0.090, 0.003),
    Region("oceania", 0.05, 0.080, 0.010),
)


def a_region(rng: Random) -> Region:
    """Where somebody is, by the shares."""
    return rng.choices(REGIONS, [region.share for region in REGIONS])[0]
