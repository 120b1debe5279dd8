"""Ten seeds in a row: python -m tests.chaos.seeds [--seconds 270] [--seeds 1-10] [--before measure] [--out FOLDER]

Each seed is a run of its own, as `make chaos` does it; a table of all of them at the end, for docs/reliability.md.
Exit status 0 only when every run was good. `--before` is a command that each run is given to, such as one that
waits for a quiet machine.
"""

# ruff: noqa: T201
from __future__ import annotations

import argparse
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

_SUM = re.compile(r"(\d+) acknowledged, (\d+) kills, (\d+) s of storm, converged ([\d.]+) s")


def main() -> int:
    """Run, collect, print; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.seeds", description=__doc__)
    parser.add_argument("--seconds", default="270")
    parser.add_argument("--seeds", default="1-10")
    parser.add_argument("--before", default="")
    parser.add_argument("--out", type=Path, default=Path(tempfile.gettempdir()) / "subvenue-chaos-seeds")
    words = parser.parse_args()
    first, _, last = words.seeds.partition("-")
    rows = [run(seed, words) for seed in range(int(first), int(last or first) + 1)]
    print("\n| seed | acknowledged | kills | storm (s) | converged (s) | result |\n|---|---|---|---|---|---|")
    for row in rows:
        print("| " + " | ".join(row) + " |")
    acknowledged, kills = (sum(int(row[column]) for row in rows if row[column].isdigit()) for column in (1, 2))
    print(f"| all | {acknowledged} | {kills} | | | {sum(row[-1] == 'good' for row in rows)} of {len(rows)} good |")
    return int(any(row[-1] != "good" for row in rows))


def run(seed: int, words: argparse.Namespace) -> tuple[str, ...]:
    """One run; its row of the table."""
    out = words.out / str(seed)
    chaos = [
        sys.executable,
        "-m",
        "tests.chaos",
        "--seconds",
        words.seconds,
        "--seed",
        str(seed),
        "--out",
        str(out),
    ]
    done = subprocess.run([*shlex.split(words.before), *chaos], stdout=subprocess.PIPE, text=True, check=False)
    print(done.stdout, flush=True)
    found = _SUM.search(done.stdout)
    figures = found.groups() if found else ("-",) * 4
    return (str(seed), *figures, "bad" if done.returncode else "good")


if __name__ == "__main__":
    sys.exit(main())
