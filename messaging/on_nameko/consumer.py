"""The consuming connection of a nameko process.

nameko's own consumer decodes bodies before anyone can park them, gives every queue the same prefetch, waits up
to thirty seconds between attempts to reconnect, and cannot say whether its consumers are confirmed. This one
hands over raw messages, a channel of its own to each queue, reconnects within a second, and knows.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from amqp.exceptions import AMQPError
from kombu import Connection, Consumer, Queue
from nameko.messaging import QueueConsumer

from messaging import topology

from .outlet import HEARTBEAT_SECONDS

log = logging.getLogger(__name__)


class BusConsumer(QueueConsumer):
    """Consumes for all providers of a process. A provider has `queue`, `prefetch`, `on_message(message)`."""

    #: Set while every consumer is confirmed by the broker: the process is ready to work.
    confirmed = False

    @property
    def connection(self) -> Connection:
        """How to connect; kombu clones it for every attempt."""
        return Connection(self.amqp_uri, heartbeat=HEARTBEAT_SECONDS, connect_timeout=3)

    @contextmanager
    def establish_connection(self) -> Iterator[Connection]:
        """A live connection, tried again about once a second until there is one."""
        self.confirmed = False  # after a loss, until the new consumers are
        with self.create_connection() as connection:
            connection.ensure_connection(
                self.on_connection_error, None, interval_start=0.2, interval_step=0.2, interval_max=1
            )
            yield connection

    def get_consumers(self, _consumer: Any, channel: Any) -> list[Consumer]:
        """Declare the ladder and the parked queue, then a consumer on a channel of its own for each queue."""
        self._declare_where_failures_go(channel)
        for provider in self._providers:
            own = channel.connection.channel()
            own.auto_decode = False  # bodies stay bytes, so that what is parked is what came
            consumer = Consumer(own, queues=[provider.queue], on_message=partial(self._hand_over, provider))
            consumer.qos(prefetch_count=provider.prefetch)
            self._consumers[provider] = consumer
        return list(self._consumers.values())

    def on_connection_error(self, error: Exception, interval: float) -> None:
        """Called by kombu before each wait."""
        self.confirmed = False
        log.warning("the broker does not answer", extra={"fields": {"error": type(error).__name__}})

    def on_consume_ready(self, connection: Any, channel: Any, consumers: Any, **options: Any) -> None:
        """Called by kombu when all consumers are confirmed."""
        self.confirmed = True
        super().on_consume_ready(connection, channel, consumers, **options)

    def on_consume_end(self, connection: Any, channel: Any) -> None:
        """Called by kombu when consuming ends, for whatever reason."""
        self.confirmed = False

    def _hand_over(self, provider: Any, message: Any) -> None:
        # A worker may itself wait for a reply that this very loop has to receive: never block here. With a
        # free worker, starting one does not block; otherwise a greenlet waits for it, as nameko always does.
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


def settle(message: Any, *, multiple: bool = False) -> None:
    """Acknowledge `message`, unless its connection is gone: then the broker has taken it back already."""
    if message.channel is not None and message.channel.connection:
        try:
            message.channel.basic_ack(message.delivery_tag, multiple=multiple)
        except (OSError, AMQPError):
            log.debug("the connection went before the acknowledgement")


def give_back(message: Any) -> None:
    """Return `message` to its queue at once: this process is stopping, another may take it."""
    if message.channel is not None and message.channel.connection:
        try:
            message.channel.basic_reject(message.delivery_tag, requeue=True)
        except (OSError, AMQPError):
            log.debug("the connection went before the message was given back")
