"""A service's repositories, connected, with the relay that empties their outboxes.

The relay lives in the service's own process: it is woken in the moment of a write, without a way over the broker,
and sweeps once a second for what a crash left behind. ADR 0007 tells why it is no process of its own.
"""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import eventlet
import mongoengine
from eventlet.queue import Empty, Full, LightQueue
from nameko.extensions import DependencyProvider
from pymongo.collection import Collection
from pymongo.errors import PyMongoError

from messaging import relay
from messaging.outbox import Aggregates, Written

from .publisher import ConfirmedPublisher

log = logging.getLogger(__name__)
SWEEP_SECONDS = 1.0
#: How long a relay that is always woken puts off its sweep.
BUSY_SWEEP_SECONDS = 10.0
#: Writes that may wait for the relay in memory; what is beyond waits in the store alone.
MAX_WAITING = 2_000


class Stores(DependencyProvider):
    """``stores = Stores(vacancies=storage.Vacancies)`` gives each worker ``self.stores.vacancies``."""

    #: Whether the service is not ready before they are.
    needed = True
    publisher = ConfirmedPublisher()

    def __init__(self, **repositories: type[Aggregates[Any]]) -> None:
        self.repositories = repositories

    def setup(self) -> None:
        """Called by nameko: connect lazily; a document server that is away makes commands `Unavailable`."""
        service = self.container.service_name
        mongoengine.connect(
            f"subvenue_{service}",
            alias=service,
            host=self.container.config["mongodb_url"],
            serverSelectionTimeoutMS=1500,
            connectTimeoutMS=1500,
            socketTimeoutMS=20_000,  # of the relay, for which nobody waits; see messaging.at_store for the others
            maxPoolSize=50,
            uuidRepresentation="standard",
        )
        self._woken: LightQueue = LightQueue(MAX_WAITING)
        self.indexed = False
        wake = self._wake
        self._opened = {name: repository(wake) for name, repository in self.repositories.items()}
        self._dependency = SimpleNamespace(**self._opened)

    def start(self) -> None:
        """Called by nameko: begin to relay."""
        self._running = True
        self._relay = eventlet.spawn(self._run)

    def stop(self) -> None:
        """Called by nameko when no worker is left: publish the rest, then disconnect."""
        self._running = False
        self._woken.put(None)
        self._relay.wait()
        mongoengine.disconnect(self.container.service_name)

    def get_dependency(self, worker_ctx: Any) -> SimpleNamespace:
        """Called by nameko for each worker."""
        return self._dependency

    def _wake(self, collection: Collection[Any], written: list[Written]) -> None:
        if written:
            with suppress(Full):  # the sweep finds what does not fit
                self._woken.put_nowait((collection, written))

    def _run(self) -> None:
        swept = 0.0
        while self._running:
            try:
                self._ensure_indexes()
                self._relay_woken()
                # What waits here is pending in the store as well: a sweep would publish it twice.
                if time.monotonic() - swept >= (SWEEP_SECONDS if self._woken.empty() else BUSY_SWEEP_SECONDS):
                    swept = time.monotonic()
                    self._sweep()
            except PyMongoError as error:
                log.warning(
                    "the relay waits for the document store", extra={"fields": {"error": type(error).__name__}}
                )
                eventlet.sleep(0.5)
            except Exception:
                log.exception("the relay goes on after an error")
                eventlet.sleep(0.5)
        with suppress(PyMongoError):  # what cannot go out now stays pending, for whoever runs next
            if not self._woken.empty():
                self._relay_woken()

    def _ensure_indexes(self) -> None:
        if not self.indexed:
            for repository in self._opened.values():
                repository.document.ensure_indexes()
            self.indexed = True

    def _relay_woken(self) -> None:
        """Publish for all that woke us, so that a burst goes out in batches; wait a moment for the first."""
        try:
            woken = [self._woken.get(timeout=SWEEP_SECONDS / 2)]
        except Empty:
            return
        woken += [self._woken.get() for _ in range(self._woken.qsize())]
        by_collection: dict[str, tuple[Collection[Any], list[Written]]] = {}
        for collection, written in filter(None, woken):
            by_collection.setdefault(collection.name, (collection, []))[1].extend(written)
        for collection, written in by_collection.values():
            relay.publish_written(collection, written, self.publisher)

    def _sweep(self) -> None:
        for repository in self._opened.values():
            # While the broker is away a sweep never ends: what was tried first is old again. Stopping ends it.
            while relay.sweep(repository.collection, self.publisher) == relay.BATCH and self._running:
                eventlet.sleep(0)


class SideStores(Stores):
    """Stores beside what a service is for: it is ready, and does the rest of its work, while they are away."""

    needed = False
