"""`make bench-media`: the media node against Janus VideoRoom and aiortc's MediaRelay, in turns, on this machine.

`python -m loadtests.benchmarks.media compare` (the default), `hold`, `join`, `cycles`; --help says more.
"""

from __future__ import annotations

import argparse
import statistics
import sys

from . import cycles
from .measuring import Held, hold, join_cost
from .servers import janus_is_here

# Each takes a good part of one core, so that what is done once weighs on none; relay is at its end with one.
VIEWERS = {"native": 800, "python": 250, "janus": 100, "relay": 1}
NAMES = {
    "native": "ours, native",
    "python": "ours, pure Python",
    "janus": "Janus VideoRoom",
    "relay": "aiortc MediaRelay",
}


def compare(rounds: int, seconds: int, viewers: int | None) -> None:
    """All servers in turns, the order reversed each time; medians and ratios at the end."""
    kinds = ["native", "janus", "python"] if janus_is_here() else ["native", "python"]
    if not janus_is_here():
        print("Janus is not installed here (apt-get install janus), so there is no comparison with it.")
    results: dict[str, list[Held]] = {kind: [] for kind in [*kinds, "relay"]}
    for i in range(rounds):
        for kind in kinds if i % 2 == 0 else reversed(kinds):
            results[kind].append(told(hold(kind, viewers or VIEWERS[kind], seconds)))
    results["relay"].append(told(hold("relay", VIEWERS["relay"], seconds)))
    print("\n| server | viewers | µs a packet | viewers a core, median (range) | loss | against Janus |")
    print("|---" * 6 + "|")
    base = median(results["janus"]) if janus_is_here() else None
    for kind, held in results.items():
        cores = [h.per_core for h in held]
        ratio = f"{median(held) / base:.2f}" if base else "?"
        cost, loss = statistics.median(h.per_packet for h in held), max(h.loss for h in held)
        print(
            f"| {NAMES[kind]} | {held[0].viewers} | {cost:.1f} | {median(held):.0f} ({min(cores):.0f} to "
            f"{max(cores):.0f}) | {loss:.3%} | {ratio} |"
        )


def median(held: list[Held]) -> float:
    """Viewers a core, the median of the rounds."""
    return statistics.median(h.per_core for h in held)


def told(held: Held) -> Held:
    """Prints one round."""
    print(
        f"{held.kind}: {held.viewers} viewers for {held.seconds:.0f} s, "
        f"{held.packets / held.seconds:.0f} packets/s, "
        f"{held.share:.2f} cores, {held.per_packet:.2f} µs a packet, {held.per_core:.0f} viewers a core, "
        f"loss {held.loss:.3%}, silent {held.silent}, forged {held.forged}; viewers: {held.generator:.2f} cores",
        flush=True,
    )
    return held


def main(words: list[str]) -> None:
    """One of the commands."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", nargs="?", default="compare", choices=["compare", "hold", "join", "cycles"])
    parser.add_argument("--kind", default="native", choices=list(VIEWERS))
    parser.add_argument("--viewers", type=int)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args(words)
    if given.command == "compare":
        compare(given.rounds, given.seconds, given.viewers)
    elif given.command == "hold":
        told(hold(given.kind, given.viewers or VIEWERS[given.kind], given.seconds))
    elif given.command == "join":
        print(f"{join_cost(given.kind, given.viewers or 100):.1f} ms of processor a viewer")
    else:
        cycles.run(given.viewers or 500)


if __name__ == "__main__":
    main(sys.argv[1:])
