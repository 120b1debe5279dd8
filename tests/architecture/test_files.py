"""Files stay small, are named after what they hold, and tell nothing about the machine they were written on."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("messaging", "services", "gateway", "deploy")
#: We aim at 150; a file of 240 has a reason, one of more has two ideas.
MOST_LINES = 240
#: A contract file is one service's whole vocabulary, and is read from top to bottom.
MOST_LINES_OF_A_CONTRACT = 300
#: Names that say nothing about what is inside.
EMPTY_NAMES = {"utils", "util", "manager", "managers", "helpers", "helper", "base", "common", "misc"}
MACHINE_PATHS = re.compile(r"(?<![\w.$}/-])/(?:work|home|root|Users)/[\w.]")
REGISTRIES = re.compile(r"pypi\.org|pythonhosted|registry\.npmjs|deb\.debian\.org|crates\.io")
#: One literal alone on its line: a row of a table, such as the countries.
TABLE_ROW = re.compile(r"""^\s*(["'])[^"']*\1,$""")


def tracked() -> list[Path]:
    """Every file that git tracks, but for what others wrote (web/vendor, the schemas) and the samples below."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    names = [name for name in listed.stdout.split("\0") if name]
    excepted = ("web/vendor/", "tests/contract/schemas/", "tests/architecture/test_files.py")
    return [ROOT / name for name in names if not name.startswith(excepted) and (ROOT / name).is_file()]


TRACKED = tracked()
CODE = [path for path in TRACKED if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in PRODUCT]


def most(path: Path) -> int:
    """The lines that a file may have."""
    return MOST_LINES_OF_A_CONTRACT if path.parent.name == "contracts" else MOST_LINES


def length(path: Path) -> int:
    """The lines of a file, without rows of tables: they are data."""
    return sum(not TABLE_ROW.match(line) for line in path.read_text().splitlines())


def words(path: Path) -> set[str]:
    """The words in the names of a file and of its folders."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return {word for part in parts for word in re.split(r"[_\-.]", part.lower())}


def found_in_texts(pattern: re.Pattern[str]) -> list[str]:
    """`file:line: text` of every line of a tracked text file that `pattern` matches."""
    hits = []
    for path in TRACKED:
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            continue  # a picture
        hits += [
            f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
            for number, line in enumerate(lines, 1)
            if pattern.search(line)
        ]
    return hits


def test_files_are_small():
    """One idea a file."""
    lengths = {path: length(path) for path in CODE}
    assert [f"{path.relative_to(ROOT)}: {lines}" for path, lines in lengths.items() if lines > most(path)] == []


def test_names_say_what_is_inside():
    """No file and no folder is called utils, manager, helpers, base or common."""
    assert [str(path.relative_to(ROOT)) for path in TRACKED if words(path) & EMPTY_NAMES] == []


def test_no_path_of_a_machine():
    """The repository works anywhere, so it names no directory of one machine."""
    assert found_in_texts(MACHINE_PATHS) == []


def test_no_package_registry():
    """Where packages come from is a setting of whoever installs them."""
    assert found_in_texts(REGISTRIES) == []


@pytest.mark.parametrize(
    ("line", "pattern"),
    [
        ("see /work/main/README.md", MACHINE_PATHS),
        ("path = '/root/.cache'", MACHINE_PATHS),
        ("index = https://pypi.org/simple", REGISTRIES),
    ],
)
def test_the_patterns_notice(line, pattern):
    """The checks above can fail."""
    assert pattern.search(line)


@pytest.mark.parametrize("line", ["https://example.org/home/page", "WORKDIR /app", "./work/x", "${HOME}/x"])
def test_the_patterns_let_ordinary_text_pass(line):
    """An address of the web and a path in the project are no path of a machine."""
    assert not MACHINE_PATHS.search(line)
