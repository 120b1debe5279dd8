"""Writes the name of every durable queue that the nameko services given as arguments consume, one a line.

Run as a program by test_queues.py. It asks nameko's own mark on the methods, so a queue that is declared in a new
way must be taught here, or the test finds fewer queues than are pinned.
"""

import importlib
import inspect
import sys
from collections.abc import Iterator
from typing import Any

from messaging import topology


def services(module: object) -> list[Any]:
    """The nameko services that a module defines: classes with a `name` and at least one entry point."""
    classes = [kind for _, kind in inspect.getmembers(module, inspect.isclass) if hasattr(kind, "name")]
    return [kind for kind in classes if any(entrypoints(kind))]


def entrypoints(service: Any) -> Iterator[tuple[str, Any]]:
    """Each method's name with one of its nameko entry points."""
    for method, function in inspect.getmembers(service, inspect.isfunction):
        for entrypoint in getattr(function, "nameko_entrypoints", ()):
            yield method, entrypoint


def queues(service: Any) -> set[str]:
    """The queues of one service: its requests, each handler's events, and what it had to park."""
    found = {f"rpc-{service.name}", topology.parked_queue(service.name)}
    for method, entrypoint in entrypoints(service):
        events = getattr(entrypoint, "events", ()) or filter(None, [getattr(entrypoint, "event", None)])
        found |= {topology.event_queue(event, service.name, method) for event in events}
    return found


def main(modules: list[str]) -> None:
    """Write the names, sorted."""
    names = {topology.delay_name(delay) for delay in topology.RETRY_DELAYS_MS}
    for module in modules:
        for service in services(importlib.import_module(module)):
            names |= queues(service)
    sys.stdout.write("\n".join(sorted(names)))


if __name__ == "__main__":
    main(sys.argv[1:])
