"""The consuming connection of a nameko process.

nameko's own consumer decodes bodies before anyone can park them, gives every queue the same prefetch, waits up
to thirty seconds between attempts to reconnect, and cannot say whether its consumers are confirmed. This one
hands over raw messages, a channel of its own to each queue, reconnects within a second, and knows.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

from amqp.exceptions import AMQPError
from eventlet.event import Event as Signal
from kombu import Connection, Consumer, Queue
from nameko.extensions import ProviderCollector
from nameko.messaging import QueueConsumer, QueueConsumerStopped

from messaging import topology

from .outlet import HEARTBEAT_SECONDS
from .settling import Settling

log = logging.getLogger(__name__)


class Provider:
    """What consumes a queue: it has `queue`, `prefetch`, and is told of each message, and of a lost connection."""

    def on_message(self, message: Any) -> None:
        """A raw message, to be settled later; must not block."""
        raise NotImplementedError

    def on_lost(self) -> None:
        """The connection is gone; the broker takes back what was not acknowledged."""


class BusConsumer(QueueConsumer):
    """Consumes for all providers of a process."""

    #: Set while every consumer is confirmed by the broker: the process is ready to work.
    confirmed = False

    @property
    def connection(self) -> Connection:
        """How to connect; kombu clones it for every attempt."""
        return Connection(self.amqp_uri, heartbeat=HEARTBEAT_SECONDS, connect_timeout=3)

    @contextmanager
    def establish_connection(self) -> Iterator[Connection]:
        """A live connection, tried again about once a second until there is one."""
        with self.create_connection() as connection:
            connection.ensure_connection(
                self.on_connection_error,
                None,
                interval_start=0.2,
                interval_step=0.2,
                interval_max=1,
                callback=self._end_when_stopping,
            )
            try:
                yield connection
            finally:
                self.confirmed = False  # until the consumers of the next connection are
                for provider in self._providers:
                    provider.on_lost()

    def run(self, **options: Any) -> None:
        """Consume until stopped, also when the broker is away at that moment."""
        with suppress(QueueConsumerStopped):
            super().run(**options)

    def unregister_provider(self, provider: Any) -> None:
        """Cancel a provider's consumer. nameko waits for the broker even when it is away; here it just goes."""
        if self.confirmed:
            removed = self._pending_remove_providers[provider] = Signal()
            while self.confirmed and not removed.ready():
                removed.wait(0.1)
            self._pending_remove_providers.pop(provider, None)
        ProviderCollector.unregister_provider(self, provider)

    def stop(self) -> None:
        """Called by nameko when all workers are done: acknowledgements are out, the connection may close."""
        self.wait_for_providers()
        self.should_stop = True
        if not self._consumers_ready.ready():
            self._consumers_ready.send_exception(QueueConsumerStopped())
        if self._gt is not None:
            self._gt.wait()

    def get_consumers(self, _consumer: Any, channel: Any) -> list[Consumer]:
        """Declare the ladder and the parked queue, then a consumer on a channel of its own for each queue."""
        self._consumers.clear()
        self._declare_where_failures_go(channel)
        for provider in self._providers:
            own = channel.connection.channel()
            own.settling = Settling(own)
            own.auto_decode = False  # bodies stay bytes, so that what is parked is what came
            consumer = Consumer(own, queues=[provider.queue], on_message=partial(self._hand_over, provider))
            consumer.qos(prefetch_count=provider.prefetch)
            self._consumers[provider] = consumer
        return list(self._consumers.values())

    def on_connection_error(self, error: Exception, interval: float) -> None:
        """Called by kombu before each wait."""
        log.warning("the broker does not answer", extra={"fields": {"error": type(error).__name__}})

    def on_consume_ready(self, connection: Any, channel: Any, consumers: Any, **options: Any) -> None:
        """Called by kombu when all consumers are confirmed."""
        self.confirmed = True
        super().on_consume_ready(connection, channel, consumers, **options)

    def aside(self, task: Callable[[], None]) -> None:
        """Run `task` beside the consuming loop, which must not wait."""
        self.container.spawn_managed_thread(task, identifier="aside")

    def on_iteration(self) -> None:
        """Called by kombu between messages: cancel what was unregistered; `stop` ends the loop.

        The loop outlives its last consumer, because workers still acknowledge over its channels.
        """
        self._cancel_consumers_if_requested()

    def _end_when_stopping(self) -> None:
        if self.should_stop:
            raise QueueConsumerStopped

    def _hand_over(self, provider: Any, message: Any) -> None:
        # A worker may itself wait for a reply that this very loop has to receive: never block here. With a
        # free worker, starting one does not block; otherwise a greenlet waits for it, as nameko always does.
        # Providers hand what they refuse to `aside`, because moving or answering it waits for the broker.
        if self.container._worker_pool.free() > 0:
            provider.on_message(message)
        else:
            self.container.spawn_managed_thread(partial(provider.on_message, message), identifier="hand over")

    def _declare_where_failures_go(self, channel: Any) -> None:
        parked = topology.parked_queue(self.container.service_name)
        Queue(parked, durable=True, queue_arguments=topology.parked_queue_arguments())(channel).declare()
        for delay in sorted(set(self.container.config["retry_delays_ms"])):
            name = topology.delay_name(delay)
            arguments = topology.delay_queue_arguments(delay)
            channel.exchange_declare(name, "topic", durable=True, auto_delete=False)
            channel.queue_declare(name, durable=True, auto_delete=False, arguments=arguments)
            channel.queue_bind(name, name, "#")


def settle(message: Any) -> None:
    """Acknowledge `message`, unless its connection is gone: then the broker has taken it back already."""
    if message.channel is not None and message.channel.connection:
        message.channel.settling.acknowledge(message.delivery_tag)


def give_back(message: Any) -> None:
    """Return `message` to its queue at once: this process is stopping, another may take it."""
    if message.channel is not None and message.channel.connection:
        try:
            message.channel.settling.give_back(message.delivery_tag)
        except (OSError, AMQPError):
            log.debug("the connection went before the message was given back")
