"""The business is plain Python: a domain module imports the standard library and its service's own contracts."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOMAINS = sorted(path for path in (ROOT / "services").rglob("domain") if path.is_dir())
MODULES = sorted(path for domain in DOMAINS for path in domain.rglob("*.py"))
SERVICES = {"registration", "jobs", "streaming"}
#: How a contract says that a field was not sent.
PART_OF_THE_CONTRACTS = {"msgspec.UNSET", "msgspec.UnsetType"}


def service_of(module: Path) -> str:
    """The service that a module belongs to: the folder under services/."""
    return module.relative_to(ROOT / "services").parts[0]


def imports(source: str) -> set[str]:
    """What a module imports by absolute name; its own package's modules are relative and always allowed."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level > 1:
            found.add("." * node.level + (node.module or ""))
    return found


def foreign(source: str, service: str) -> set[str]:
    """The imports in `source` that a domain module of `service` may not have."""
    own = ("messaging.contracts.types", "messaging.contracts.errors", f"messaging.contracts.{service}")
    return {
        name
        for name in imports(source)
        if name.split(".")[0] not in sys.stdlib_module_names
        and name not in PART_OF_THE_CONTRACTS
        and not any(name == contract or name.startswith(contract + ".") for contract in own)
    }


def test_every_service_that_owns_facts_has_a_domain():
    """registration, jobs and streaming decide in a domain package; search owns no facts."""
    assert {service_of(domain) for domain in DOMAINS} >= SERVICES


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_domain_is_plain(module):
    """No broker, no store, no framework, and no other service's words."""
    assert foreign(module.read_text(), service_of(module)) == set()


@pytest.mark.parametrize(
    "line",
    [
        "import pymongo",
        "from mongoengine import Document",
        "from messaging.contracts.search import Search",
        "from messaging.contracts import search",
        "from ..storage import Vacancies",
        "from messaging import outbox",
    ],
)
def test_the_rule_notices(line):
    """The check above can fail: each of these lines is one that it finds."""
    assert foreign(line, "jobs")
