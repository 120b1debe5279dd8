"""`.env.example` lists every setting the code knows, and none that it does not."""

import re

from deploy.local.paths import ROOT

CODE = ["deploy", "gateway", "messaging", "services", "tests/conftest.py", "tests/run.py", "tests/browser"]
TEXT = {".py", ".sh", "", ".conf"}
# Not for people to set: how a run recognises its own processes and parts.
INTERNAL = {"SUBVENUE_SUPERVISED", "SUBVENUE_EMBEDDED", "SUBVENUE_BROKER_NODE", "SUBVENUE_HEALTH_PORT"}


def in_code():
    """Every SUBVENUE_ name in the source; a name ending in an underscore is a prefix in prose or a template."""
    names = set()
    for entry in CODE:
        root = ROOT / entry
        for file in [root] if root.is_file() else root.rglob("*"):
            if file.is_file() and file.suffix in TEXT and "docker" not in file.parts:
                names |= set(re.findall(r"SUBVENUE_[A-Z0-9_]*[A-Z0-9]", file.read_text(errors="replace")))
    return names - INTERNAL


def in_example():
    """The names with a line of their own, commented out or not."""
    return set(re.findall(r"^#? ?(SUBVENUE_[A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.M))


def test_every_setting_is_listed():
    """A new setting comes with a line that explains it."""
    assert in_code() - in_example() == set()


def test_no_setting_is_listed_in_vain():
    """A setting that is gone is gone from the list."""
    assert in_example() - in_code() - {"SUBVENUE_HEALTH_PORT"} == set()


def test_example_sets_nothing():
    """Copied as it is, the file changes nothing: every line is a comment."""
    lines = (ROOT / ".env.example").read_text().splitlines()
    assert [line for line in lines if line and not line.startswith("#")] == []
