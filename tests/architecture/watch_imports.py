"""Imports every module of ours in one fresh Python and tells what importing did besides defining names.

Run as a program by test_quiet_imports.py with the names of modules as arguments. Writes one JSON object:
``{"sockets": […], "environment": […], "threads": […], "processes": […]}``, each entry naming the module.
"""

import importlib
import json
import os
import sys
import threading
from types import FrameType

OURS = ("messaging", "services", "gateway", "deploy")
#: Python's names for what would leave the process (see "Audit events table" in its documentation).
SOCKET_EVENTS = {"socket.connect", "socket.bind", "socket.getaddrinfo", "socket.sendto"}
#: Through what a module reads the environment; the rest of the standard library reads for itself.
READING = frozenset({"os", "_collections_abc", "collections"})
PROCESS_EVENTS = {"subprocess.Popen", "os.system", "os.posix_spawn", "os.fork"}

seen: dict[str, list[str]] = {"sockets": [], "environment": [], "threads": [], "processes": []}


def culprit(through: frozenset[str]) -> str | None:
    """The module of ours that is at work, if the nearest code that is not of the modules `through` is ours.

    A library that looks for itself, for an address family or a shared object, is not what is watched here.
    """
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        name = frame.f_globals.get("__name__", "")
        if name.split(".")[0] not in through:
            return name if name.split(".")[0] in OURS else None
        frame = frame.f_back
    return None


def audit(event: str, _arguments: object) -> None:
    """Python calls this for every audited event."""
    kind = "sockets" if event in SOCKET_EVENTS else "processes" if event in PROCESS_EVENTS else ""
    if kind and (module := culprit(sys.stdlib_module_names)):
        seen[kind].append(f"{module}: {event}")


class WatchedEnvironment(type(os.environ)):  # type: ignore[misc]
    """The environment, noting which of our modules reads it."""

    def __getitem__(self, key: str) -> str:
        if module := culprit(READING):
            seen["environment"].append(f"{module}: {key}")
        return super().__getitem__(key)


def main(modules: list[str]) -> None:
    """Import `modules` one by one under observation."""
    os.environ.__class__ = WatchedEnvironment
    sys.addaudithook(audit)
    before = set(threading.enumerate())
    for module in modules:
        importlib.import_module(module)
        for thread in set(threading.enumerate()) - before:
            seen["threads"].append(f"{module}: {thread.name}")
            before.add(thread)
    sys.stdout.write(json.dumps(seen))


if __name__ == "__main__":
    main(sys.argv[1:])
