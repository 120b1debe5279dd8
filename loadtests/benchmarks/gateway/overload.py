"""What becomes of a gateway that is asked for more than it can do.

`python -m loadtests.benchmarks.gateway.overload`. Reads of one's own data, which go through the bus each time,
arrive at half to three times the rate that a closed loop gets. With the bound on what is under way the goodput,
answers in time, must not fall when the load doubles past saturation; the same without a bound is the control.
The plot goes to docs/profiles/overload.svg.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from . import wrk
from .plot import lines
from .world import API, ROOT, free_port, process, running, wait_for

FACTORS = (0.5, 1.0, 1.5, 2.0, 3.0)
BOUNDS = {"bounded (256 under way)": "256", "no bound": "1000000"}
PLOT = ROOT / "docs" / "profiles" / "overload.svg"
#: Connections of the closed loop that finds the rate at saturation.
SATURATING = 128
#: Of the goodput at saturation, this much must be left at twice the load.
LEFT = 0.9


def stretch(base: str, per_second: float, seconds: float, token: str) -> dict[str, Any]:
    """One stretch of arrivals."""
    command = [sys.executable, "-m", f"{__package__}.arrivals", base, str(per_second), str(seconds), token]
    told: dict[str, Any] = json.loads(subprocess.run(command, capture_output=True, check=True, cwd=ROOT).stdout)
    return told


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m loadtests.benchmarks.gateway.overload", description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0)
    options = parser.parse_args()
    seen: dict[str, list[dict[str, Any]]] = {}
    with tempfile.TemporaryDirectory() as name, running(Path(name), only_ours=True) as world:
        script = Path(name) / "me.lua"
        script.write_text(f'wrk.headers["Authorization"] = "Bearer {world.token}"')
        for title, bound in BOUNDS.items():
            port = free_port()
            env = {**os.environ, **world.stack.env, "SUBVENUE_PORT": str(port), "SUBVENUE_UNDER_WAY": bound}
            with process([sys.executable, "-m", "gateway"], {**env, "SUBVENUE_CACHE_BYTES": "0"}):
                base = f"http://127.0.0.1:{port}{API}"
                wait_for(base + "/sub-venues", title)
                if not seen:
                    wrk.stretch(f"{base}/me", 2, script, SATURATING)
                    most = wrk.stretch(f"{base}/me", 4, script, SATURATING).rate
                    print(f"a closed loop of {SATURATING} gets {most:.0f} answers a second", flush=True)
                for factor in FACTORS:
                    told = stretch(base, most * factor, options.seconds, world.token)
                    seen.setdefault(title, []).append(told)
                    print(f"{title}: {told}", flush=True)
    PLOT.parent.mkdir(exist_ok=True)
    PLOT.write_text(
        lines(
            {title: [(one["offered"], one["good"]) for one in each] for title, each in seen.items()},
            x="requests a second that arrive",
            y="answered in time (1 s) a second",
        )
    )
    good = [one["good"] for one in seen[next(iter(BOUNDS))]]
    at_most, doubled = max(good[: FACTORS.index(2.0)]), good[FACTORS.index(2.0)]
    print(f"goodput at twice the load: {doubled:.0f} of at most {at_most:.0f}")
    return 0 if doubled >= LEFT * at_most else 1


if __name__ == "__main__":
    sys.exit(main())
