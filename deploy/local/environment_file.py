"""Files of KEY=VALUE lines: `.env`, written by a person, and `.run/run.env`, written by us.

Values are quoted as a POSIX shell would, so that `. .run/run.env` works too. Standard library only.
"""

import os
import shlex
from collections.abc import Mapping
from pathlib import Path


def read(file: Path) -> dict[str, str]:
    """The settings in `file`; none when there is no such file. Comments and `export` are allowed.

    Raises ValueError naming the file and line that is not KEY=VALUE.
    """
    try:
        lines = file.read_text().splitlines()
    except FileNotFoundError:
        return {}
    settings = {}
    for number, line in enumerate(lines, 1):
        try:
            words = shlex.split(line.removeprefix("export "), comments=True)
        except ValueError:  # a quote that is not closed
            words = [line, ""]
        if not words:
            continue
        name, equals, value = words[0].partition("=")
        if len(words) > 1 or not equals:
            raise ValueError(f"{file}, line {number}: expected NAME=value (quote a value that has spaces)")
        settings[name] = value
    return settings


def write(file: Path, settings: Mapping[str, str]) -> None:
    """Write `settings` for our user's eyes only: there are passwords in it."""
    lines = [f"{name}={shlex.quote(value)}\n" for name, value in sorted(settings.items())]
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as output:
        output.writelines(lines)
