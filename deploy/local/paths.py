"""Where things are in a checkout."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = ROOT / "requirements"
TOOLS = ROOT / ".venv-tools"  # uv, and nothing else
PROJECT = ROOT / ".venv"  # what our processes and tests import
DOCUMENTS = ROOT / ".venv-documents"  # the document server, which needs a newer pymongo than we may use
LOAD = ROOT / ".venv-load"  # our processes' imports, and what load and benchmarks need beside them


def python_of(environment: Path) -> Path:
    """The interpreter of a virtual environment."""
    return environment / "bin" / "python"
