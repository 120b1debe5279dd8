"""A run for the length of a `with`, beside whatever else runs on the machine: what the tests stand on."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from deploy.local import ports
from deploy.local.stack import Stack

BROKER = "names broker"
DOCUMENTS = "documents"


@contextmanager
def running(run_dir: Path, parts: str = "", given: Mapping[str, str] | None = None) -> Iterator[Stack]:
    """The processes named in `parts` (default all), up and ready on free ports; taken down in the end.

    `given` are settings. Nothing is taken from the caller's environment or `.env`. Raises as Stack.up does.
    """
    stack = Stack(run_dir, choose=ports.anywhere)
    settings = {"SUBVENUE_BROKER_PAGE_PORT": "0", "SUBVENUE_PARTS": parts, **(given or {})}
    try:
        stack.up({name: value for name, value in settings.items() if value})
        yield stack
    finally:
        stack.down()
