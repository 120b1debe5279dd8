"""The event entrypoint for handlers whose cost is per batch, such as an index that commits.

    @event_batch_handler(ProjectSubmitted, VacancyPosted, max_batch=500)
    def index(self, envelopes: list[Envelope]) -> None: ...

One worker at a time gets up to `max_batch` envelopes, collected while one more comes every `linger` seconds. All
are acknowledged when it returns. When it raises, the halves are tried, and their halves, until what fails alone
goes down the delay ladder: one poisoned event does not hold up its neighbours, and costs a few more calls.
"""

from __future__ import annotations

import logging
import time
from functools import partial
from typing import Any

import eventlet
from eventlet.event import Event as Signal
from eventlet.queue import Empty, LightQueue
from nameko.exceptions import ContainerBeingKilled
from nameko.extensions import Entrypoint

from messaging import metrics, tracing
from messaging.contracts.errors import Unavailable
from messaging.contracts.types import Event, type_name
from messaging.envelope import Envelope, UnknownEvent, decode

from .consumer import BusConsumer, Provider, settle
from .events import context_of, event_queue
from .failures import Failures

log = logging.getLogger(__name__)
#: The queue it came from, the raw message, its envelope.
Received = tuple[str, Any, Envelope]
MAX_LINGER = 0.25  # s


class BatchSource(Provider):
    """One event's queue, feeding a batch handler: a provider of the consumer."""

    def __init__(self, handler: EventBatchHandler, event: type[Event]) -> None:
        self.queue = event_queue(event, handler.container.service_name, handler.method_name)
        self.prefetch = handler.max_batch
        self._handler = handler
        self._type = type_name(event)

    def on_message(self, message: Any) -> None:
        """Put one message with its envelope in the batch that is being collected."""
        try:
            envelope = decode(message.body)
            if envelope.type != self._type:
                raise UnknownEvent(f"expected {self._type}, got {envelope.type}")
        except UnknownEvent as error:
            park = partial(self._handler.failures.park, message, self.queue.name, str(error))
            self._handler.consumer.aside(park)
            return
        self._handler.received.put((self.queue.name, message, envelope))


class EventBatchHandler(Entrypoint):
    """Collects messages of several event queues and calls the method with many envelopes at once."""

    span_kind = tracing.CONSUMER
    consumer = BusConsumer()
    failures = Failures()

    def __init__(self, *events: type[Event], max_batch: int = 500, linger: float = 0.01, **options: Any) -> None:
        self.events = events
        self.max_batch = max_batch
        self.linger = linger
        super().__init__(**options)

    def setup(self) -> None:
        """Called by nameko."""
        self.received: LightQueue = LightQueue()
        self._stopping = False
        self._sources = [BatchSource(self, event) for event in self.events]
        for source in self._sources:
            self.consumer.register_provider(source)

    def start(self) -> None:
        """Called by nameko: begin to collect."""
        self._collector = self.container.spawn_managed_thread(self._collect, identifier="batch collector")

    def stop(self) -> None:
        """Called by nameko: take no more; the batch under way is finished, the rest goes back with the channel."""
        for source in self._sources:
            self.consumer.unregister_provider(source)
        self._stopping = True
        self._collector.wait()

    def _collect(self) -> None:
        while not self._stopping:
            if batch := self._next_batch():
                self._handle(batch)

    def _next_batch(self) -> list[Received]:
        try:
            batch = [self.received.get(timeout=0.5)]
        except Empty:
            return []
        self._wait_while_more_comes()
        while len(batch) < self.max_batch and not self.received.empty():
            batch.append(self.received.get())
        return batch

    def _wait_while_more_comes(self) -> None:
        """Let a bulk load fill the batch, at most for `MAX_LINGER`; a single event waits `linger` and no more."""
        began, seen = time.monotonic(), -1
        while seen < self.received.qsize() < self.max_batch and time.monotonic() - began < MAX_LINGER:
            seen = self.received.qsize()
            eventlet.sleep(self.linger)

    def _handle(self, batch: list[Received]) -> None:
        began = time.time_ns()
        error = self._run([envelope for _, _, envelope in batch])
        if error is None:
            self._done(batch, began)
        elif len(batch) == 1 or isinstance(error, Unavailable):  # no part fares better while a store is away
            for queue, message, _ in batch:
                self.failures.retry_later(message, queue, error)
        else:
            log.warning("a batch failed; its halves are tried", extra={"fields": {"size": len(batch)}})
            middle = len(batch) // 2
            self._handle(batch[:middle])
            self._handle(batch[middle:])

    def _run(self, envelopes: list[Envelope]) -> BaseException | None:
        """Run the method in a worker and answer the error it ended with, if any."""
        ended = Signal()

        def report(_worker: Any, result: Any, exc_info: Any) -> Any:
            ended.send(exc_info[1] if exc_info else None)
            return result, exc_info

        try:
            worker = self.container.spawn_worker(
                self,
                (envelopes,),
                {},
                context_data=context_of(envelopes[0]),
                handle_result=report,
            )
        except ContainerBeingKilled as killed:
            return killed
        thread = self.container._worker_threads.get(worker)
        if thread is not None:  # a greenlet that has not begun is false
            thread.link(lambda _: ended.ready() or ended.send(InterruptedError("the handler was stopped")))
        return ended.wait()

    def _done(self, batch: list[Received], began: int) -> None:
        for queue, message, _ in batch:
            settle(message)
            metrics.EVENTS_HANDLED.labels(queue, "done").inc()
        name = f"{self.container.service_name}.{self.method_name}"
        for _, _, envelope in batch[1:]:  # the worker's own span belongs to the trace of the first
            tracing.note(name, tracing.CONSUMER, envelope.traceparent, began)


event_batch_handler = EventBatchHandler.decorator
