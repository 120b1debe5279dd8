"""Who may import whom, as .importlinter says it."""

import os
from pathlib import Path

from importlinter.cli import lint_imports

ROOT = Path(__file__).resolve().parents[2]


def test_the_import_contracts_are_kept(capsys, monkeypatch):
    """Every contract of .importlinter holds; what breaks one is printed with the chain of imports."""
    monkeypatch.chdir(ROOT)
    monkeypatch.syspath_prepend(os.fspath(ROOT))
    outcome = lint_imports(config_filename=".importlinter", no_cache=True, no_logo=True)
    assert outcome == 0, capsys.readouterr().out
