"""The control: services without what protects their events, to show that the checker notices.

They publish after they have saved, forget the event whatever became of it, and never look again; and they
acknowledge what their handlers could not do: plain nameko's ways. Nothing of this is in the product. While
`unprotected_services` lasts, the processes of a stack that starts find `control/sitecustomize.py`, which calls
`unprotect` in each service.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CONTROL = Path(__file__).parent / "control"


@contextmanager
def unprotected_services() -> Iterator[None]:
    """While it lasts, services that start are without protection."""
    os.environ["PYTHONPATH"] = str(CONTROL)
    try:
        yield
    finally:
        del os.environ["PYTHONPATH"]


def unprotect() -> None:
    """Take the outbox's patience and the delay ladder away, in this process."""
    from messaging import relay
    from messaging.on_nameko.consumer import settle
    from messaging.on_nameko.failures import Failures

    def acknowledge(_failures: Any, message: Any, *_: object) -> None:
        settle(message)

    def publish_once(collection: Any, written: list[dict[str, Any]], publisher: relay.Publisher) -> None:
        ids = [document["_id"] for document in written]
        for document in collection.find({"_id": {"$in": ids}}, {"outbox": 1}):
            publisher.publish_events(list(document["outbox"].values()))
        collection.update_many({"_id": {"$in": ids}}, {"$set": {"outbox": {}, "pending": 0}})

    relay.publish_written = publish_once  # type: ignore[assignment]
    relay.sweep = lambda *_: 0
    Failures.retry_later = Failures.park = acknowledge  # type: ignore[method-assign,assignment]
