"""The reliable event entrypoint: what a handler could not do is neither lost nor in the way of its neighbours.

    @event_handler(OpeningTaken)
    def file_application(self, envelope: Envelope, event: OpeningTaken) -> None: ...

The message is acknowledged when the method has returned. When it raises, even a BaseException such as
`eventlet.Timeout`, which nameko would leave unacknowledged for ever, the message goes down the delay ladder.
What is no envelope, or of an unknown type or version, is parked as it came.
"""

from __future__ import annotations

import logging
from functools import partial
from typing import Any

from kombu import Exchange, Queue
from nameko.exceptions import ContainerBeingKilled
from nameko.extensions import Entrypoint

from messaging import metrics, topology, tracing
from messaging.contracts.types import Event, routing_key
from messaging.envelope import Envelope, UnknownEvent, decode, unwrap

from .consumer import BusConsumer, Provider, give_back, settle
from .failures import Failures

log = logging.getLogger(__name__)


def event_queue(event: type[Event], service: str, handler: str) -> Queue:
    """The durable quorum queue of one handler, bound to its event."""
    return Queue(
        topology.event_queue(event, service, handler),
        exchange=Exchange(topology.events_exchange(event), type="topic", durable=True, auto_delete=False),
        routing_key=routing_key(event),
        durable=True,
        queue_arguments=topology.event_queue_arguments(service),
    )


class EventHandler(Entrypoint, Provider):
    """Calls the method with the envelope and the typed event, once per message at least."""

    span_kind = tracing.CONSUMER
    consumer = BusConsumer()
    failures = Failures()

    def __init__(self, event: type[Event], **options: Any) -> None:
        self.event = event
        super().__init__(**options)

    @property
    def prefetch(self) -> int:
        """Unacknowledged messages at a time."""
        return int(self.container.max_workers)

    def setup(self) -> None:
        """Called by nameko."""
        self.queue = event_queue(self.event, self.container.service_name, self.method_name)
        self.consumer.register_provider(self)

    def stop(self) -> None:
        """Called by nameko: take no more; what is under way is finished."""
        self.consumer.unregister_provider(self)

    def on_message(self, message: Any) -> None:
        """Start a worker for one raw message."""
        try:
            envelope = decode(message.body)
            event = unwrap(envelope, self.event)
        except UnknownEvent as error:
            self.consumer.aside(partial(self.failures.park, message, self.queue.name, str(error)))
            return
        self._start_worker(message, envelope, event)

    def _start_worker(self, message: Any, envelope: Envelope, event: Event) -> None:
        settled: list[bool] = []
        try:
            worker = self.container.spawn_worker(
                self,
                (envelope, event),
                {},
                context_data=context_of(envelope),
                handle_result=partial(self._handle_result, message, settled),
            )
        except ContainerBeingKilled:
            give_back(message)
            return
        thread = self.container._worker_threads.get(worker)
        if thread is not None:  # a greenlet that has not begun is false
            thread.link(self._on_exit, message, settled)

    def _handle_result(self, message: Any, settled: list[bool], _worker: Any, result: Any, exc_info: Any) -> Any:
        settled.append(True)
        if exc_info is None:
            settle(message)
            metrics.EVENTS_HANDLED.labels(self.queue.name, "done").inc()
        else:
            self.failures.retry_later(message, self.queue.name, exc_info[1])
        return result, exc_info

    def _on_exit(self, _thread: Any, message: Any, settled: list[bool]) -> None:
        """A worker that ended without a result was stopped by something that is no `Exception`."""
        if not settled:
            self.failures.retry_later(message, self.queue.name, InterruptedError("the handler was stopped"))


event_handler = EventHandler.decorator


def context_of(envelope: Envelope) -> dict[str, str]:
    """The worker's context data, from which the container sets the tracing variables."""
    return {"correlation_id": envelope.correlation_id, "traceparent": envelope.traceparent}
