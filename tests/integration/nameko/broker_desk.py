"""A plain AMQP client: publishes whatever bytes a test likes, and looks into queues."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from typing import Any, Self

import amqp
import eventlet
from kombu.utils.url import parse_url

from messaging import topology
from messaging.contracts.types import Event, routing_key
from messaging.envelope import encode, wrap


def eventually(condition: Callable[[], Any], seconds: float = 15) -> Any:
    """The first true answer of `condition`; fails when none comes in time."""
    until = time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < until, "it did not come to pass"
        eventlet.sleep(0.02)
    return answer


class Desk:
    """One channel to the broker, for use by one greenlet at a time."""

    def __init__(self, url: str) -> None:
        parts = parse_url(url)
        self._connection = amqp.Connection(
            host=f"{parts['hostname']}:{parts['port']}",
            userid=parts["userid"],
            password=parts["password"],
            virtual_host=parts["virtual_host"] or "/",
        )

    def __enter__(self) -> Self:
        self._connection.connect()
        self.channel = self._connection.channel()
        self.channel.auto_decode = False  # bodies are bytes
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def send(self, body: bytes, exchange: str, key: str, **properties: Any) -> None:
        """Publish `body` as it is."""
        self.channel.basic_publish(amqp.Message(body, **properties), exchange=exchange, routing_key=key)

    def tell(self, event: Event, aggregate: str = "a1", seq: int = 1) -> str:
        """Publish `event` in an envelope, as its owner would; answers the envelope's id."""
        envelope = wrap(event, aggregate=aggregate, seq=seq)
        properties = {"content_type": "application/json", "content_encoding": "utf-8", "delivery_mode": 2}
        exchange, key = topology.events_exchange(type(event)), routing_key(type(event))
        self.send(encode(envelope), exchange, key, **properties)
        return envelope.id

    def ask(self, service: str, method: str, fields: bytes) -> dict[str, Any]:
        """Call a method with a raw request body; answers the properties and body of the reply."""
        queue, _, _ = self.channel.queue_declare(exclusive=True, auto_delete=True)
        self.channel.queue_bind(queue, topology.RPC_EXCHANGE, queue)
        self.send(
            fields, topology.RPC_EXCHANGE, f"{service}.{method}", reply_to=queue, correlation_id=uuid.uuid4().hex
        )
        reply = eventually(lambda: self.channel.basic_get(queue, no_ack=True))
        return {"body": reply.body, **reply.properties}

    def take(self, queue: str) -> amqp.Message:
        """The next message of `queue`, as soon as there is one."""
        message = eventually(lambda: self.channel.basic_get(queue, no_ack=True))
        message.body = message.body or b""  # the library's empty body is a string
        return message

    def waiting(self, queue: str) -> int:
        """How many messages of `queue` are ready for a consumer."""
        return int(self.channel.queue_declare(queue, passive=True).message_count)
