"""Each service has its facts to itself: no two of them name the same database or collection."""

import re
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DATABASE = re.compile(r"""["'](subvenue_[a-z]+)["']""")
COLLECTION = re.compile(r"""["']collection["']\s*:\s*["'](\w+)["']""")


def named_by(pattern: re.Pattern[str], files: dict[str, str]) -> dict[str, set[str]]:
    """Each name that `pattern` finds, with the services (keys of `files`) whose source has it."""
    found = defaultdict(set)
    for service, source in files.items():
        for name in pattern.findall(source):
            found[name].add(service)
    return found


def sources() -> dict[str, str]:
    """All Python source of each service, by its name."""
    folders = [path for path in (ROOT / "services").iterdir() if path.is_dir()]
    return {
        folder.name: "\n".join(path.read_text() for path in sorted(folder.rglob("*.py"))) for folder in folders
    }


def shared(names: dict[str, set[str]]) -> dict[str, set[str]]:
    """The names that more than one service uses."""
    return {name: services for name, services in names.items() if len(services) > 1}


def test_services_share_no_database():
    """A database is named after its service, so no service writes the name of another's."""
    named = named_by(DATABASE, sources())
    assert shared(named) == {}
    assert all(services == {name.removeprefix("subvenue_")} for name, services in named.items())


def test_services_share_no_collection():
    """Also not by the same collection's name, so that a wrong URL cannot mix their facts."""
    assert shared(named_by(COLLECTION, sources())) == {}


def test_only_the_bus_side_connects():
    """The database is chosen in one place, by the service's name; no service connects by itself."""
    for service, source in sources().items():
        assert not re.search(r"\b(MongoClient|mongoengine\.connect|connect)\(\s*[\"']", source), service


def test_a_shared_name_is_noticed():
    """The checks above can fail."""
    files = {"jobs": 'x = "subvenue_jobs"', "search": "y = 'subvenue_jobs'"}
    assert shared(named_by(DATABASE, files)) == {"subvenue_jobs": {"jobs", "search"}}
