"""The locks: everything has a hash, and they agree with each other."""

import re

import pytest

from deploy.local.paths import REQUIREMENTS

LOCKS = sorted(file.stem for file in REQUIREMENTS.glob("*.lock"))


def pins(lock):
    """The lines `name==version ; marker` of a lock."""
    text = (REQUIREMENTS / f"{lock}.lock").read_text()
    return {line.removesuffix(" \\") for line in text.splitlines() if re.match(r"^\w", line)}


def test_the_locks_there_are():
    """`make lock` writes these, and the set-up reads them."""
    assert LOCKS == ["documents", "load", "run", "test", "tools"]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_a_hash(lock):
    """A download that is not what was locked is refused."""
    text = (REQUIREMENTS / f"{lock}.lock").read_text()
    entries = re.split(r"\n(?=\w)", text)[1:]
    assert entries
    assert all("==" in entry and "--hash=sha256:" in entry for entry in entries)


@pytest.mark.parametrize("lock", ["test", "load"])
def test_what_runs_is_what_is_tested(lock):
    """The tests and the load tests run on the very versions that the demo runs on."""
    assert pins("run") <= pins(lock)


@pytest.mark.parametrize("lock", LOCKS)
def test_no_registry_is_named(lock):
    """Where packages come from is the machine's business."""
    assert "://" not in (REQUIREMENTS / f"{lock}.lock").read_text()
