"""Runs the test tiers, each in a pytest call of its own, and says in the end what could not run and why.

`make test`, or `make test TIER=e2e`. Two tiers run at a time: most of a test is waiting. Tests marked `long` (slow
ones, and those with programs that the set-up does not install) are for `make test TIER=long`, in every tier. With
SUBVENUE_REQUIRE_ALL=1 (as `.ci/run` does) a skipped test is a failure.
nameko needs eventlet's patches before anything else, and asyncio must not have them: hence the separate calls.
"""

import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parents[1]
TIERS = {
    "unit": ["tests/unit", "tests/architecture", "tests/contract", "tests/simulation"],
    "integration": ["tests/integration", "--ignore=tests/integration/nameko"],
    "nameko": ["tests/integration/nameko"],
    "e2e": ["tests/e2e", "tests/browser"],
}
#: What runs at the same time, the longest first, and what runs then: nameko's tests watch processes by the clock.
TOGETHER = (("e2e", "integration", "unit"), ("nameko",))
LANES = 2
NO_TESTS = 5  # pytest's exit status
LONG = "long"  # the marker of tests that `make test` leaves out


@dataclass
class Outcome:
    """What one pytest call came to."""

    tier: str
    status: int
    seconds: float
    passed: int
    failed: int
    skipped: list[str]  # "test: reason"


def main(wanted: list[str]) -> int:
    """Run the tiers called so (default all); the exit status."""
    unknown = set(wanted) - {*TIERS, LONG}
    if unknown:
        sys.exit(f"no tier {', '.join(unknown)}; there are: {', '.join(TIERS)}, {LONG}")
    which = LONG if LONG in wanted else f"not {LONG}"
    named = [name for name in wanted if name != LONG] or list(TIERS)
    outcomes: list[Outcome] = []
    with ThreadPoolExecutor(LANES) as lanes:
        for together in TOGETHER:
            outcomes += lanes.map(lambda tier: run(tier, which), [tier for tier in together if tier in named])
    return report(outcomes, strict=os.environ.get("SUBVENUE_REQUIRE_ALL") == "1")


def run(tier: str, which: str) -> Outcome:
    """One pytest call over the folders of `tier` that exist, for the tests whose markers are `which`.

    What it says is printed when it has ended, so that tiers do not talk at the same time.
    """
    words = [word for word in TIERS[tier] if word.startswith("-") or list((ROOT / word).rglob("test_*.py"))]
    if not any(word.startswith("tests/") for word in words):
        return Outcome(tier, NO_TESTS, 0.0, 0, 0, [])
    print(f"{tier} ...", flush=True)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder) / "results.xml"
        options = ["-q", "--durations=5", "--durations-min=1", f"--junitxml={results}", "-m", which]
        command = [sys.executable, "-m", "pytest", *options, *words]
        done = subprocess.run(
            command, cwd=ROOT, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        print(f"\n--- {tier}: {' '.join(words)}\n{done.stdout}", flush=True)
        return outcome(tier, done.returncode, time.monotonic() - began, results)


def outcome(tier: str, status: int, seconds: float, results: Path) -> Outcome:
    """Read pytest's JUnit file; none (pytest did not get that far) is one failure."""
    if not results.exists():
        return Outcome(tier, status, seconds, 0, 1, [])
    cases = list(ElementTree.parse(results).iter("testcase"))
    failed = [case for case in cases if case.find("failure") is not None or case.find("error") is not None]
    skips = [(case, skip) for case in cases for skip in case.iter("skipped")]
    # An expected failure was run, but it is no success either.
    skipped = [
        f"{case.get('name')}: {skip.get('message')}" for case, skip in skips if skip.get("type") != "pytest.xfail"
    ]
    passed = len(cases) - len(failed) - len(skips)
    return Outcome(tier, status, seconds, passed, len(failed), skipped)


def report(outcomes: list[Outcome], strict: bool) -> int:
    """Print the sum of it; the exit status."""
    print("\n--- In short")
    for one in outcomes:
        counts = f"{one.passed} passed, {one.failed} failed, {len(one.skipped)} skipped"
        print(f"  {one.tier:<12} {counts if one.seconds else 'no tests'}, {one.seconds:.0f} s")
    skipped = [reason for one in outcomes for reason in one.skipped]
    if skipped:
        print("\nCould not run:", *sorted(set(skipped)), sep="\n  ")
    passed, failed = sum(one.passed for one in outcomes), sum(one.failed for one in outcomes)
    print(f"\n{passed} passed, {failed} failed, {len(skipped)} skipped")
    broken = failed or any(one.status not in (0, NO_TESTS) for one in outcomes)
    return 1 if broken or (strict and skipped) or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
