"""A connection to the broker for publishing only, shared by the greenlets of a process.

nameko builds a connection object and waits for a confirm per message, which is half the cost of a call. Here one
channel stays open; writes are serialised by a semaphore, and one reader greenlet collects confirms and
returns, so that a batch is on its way while the broker is still confirming its beginning.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from typing import Any

import amqp
import eventlet
from amqp.exceptions import AMQPError
from eventlet.event import Event as Signal
from eventlet.semaphore import Semaphore
from kombu.utils.url import parse_url

log = logging.getLogger(__name__)

#: A confirm that takes longer than this counts as none: the broker is blocked or gone.
CONFIRM_TIMEOUT_SECONDS = 5.0
#: A broker under memory alarm stops reading, so that writing blocks as soon as the buffers between are full.
SEND_TIMEOUT_SECONDS = 3.0
HEARTBEAT_SECONDS = 10
_LOST = (OSError, AMQPError)


class Unrouted(Exception):
    """No queue takes this message."""


class NotConfirmed(Exception):
    """The broker refused the message, or did not answer in time, or the connection broke."""


class Receipt:
    """What becomes of one published message."""

    def __init__(self, message_id: str) -> None:
        self.message_id = message_id
        self.returned = False
        self._signal = Signal()

    def settle(self, error: Exception | None = None) -> None:
        """Called once by the reader: confirmed, or `error`."""
        if not self._signal.ready():
            self._signal.send(error or (Unrouted() if self.returned else None))

    def wait(self, timeout: float = CONFIRM_TIMEOUT_SECONDS) -> None:
        """Return when confirmed and routed. Raises `Unrouted` or `NotConfirmed`."""
        with eventlet.Timeout(max(0.0, timeout), NotConfirmed("no confirm in time")):
            error = self._signal.wait()
        if error is not None:
            raise error


class Outlet:
    """One publishing channel. With `confirms`, `publish` answers a `Receipt`; without, it answers None.

    It connects when first used and again after a loss; what was under way then is `NotConfirmed`.
    """

    def __init__(self, amqp_url: str, *, confirms: bool, on_return: Callable[[str], None] | None = None) -> None:
        self._url = amqp_url
        self._confirms = confirms
        self._on_return = on_return
        self._writing = Semaphore()
        self._connection: Any = None
        self._channel: Any = None
        self._next_tag = 1
        self._unconfirmed: dict[int, Receipt] = {}
        self._by_message: dict[str, Receipt] = {}
        self._declared: set[str] = set()

    def publish(
        self,
        body: bytes,
        exchange: str,
        routing_key: str,
        *,
        mandatory: bool = False,
        topic_exchange: bool = False,
        **properties: Any,
    ) -> Receipt | None:
        """Send one message. `topic_exchange` declares the exchange first. Raises `NotConfirmed`.

        `properties` are AMQP's: content_type, delivery_mode, correlation_id, application_headers and so on.
        """
        message = amqp.Message(body, message_id=properties.pop("message_id", uuid.uuid4().hex), **properties)
        if not self._writing.acquire(timeout=SEND_TIMEOUT_SECONDS):
            raise NotConfirmed("the broker does not read")
        try:
            # A frame that was cut short cannot be taken back: a timeout loses the connection.
            with eventlet.Timeout(SEND_TIMEOUT_SECONDS, TimeoutError("the broker does not read")):
                return self._send(message, exchange, routing_key, mandatory, topic_exchange)
        except _LOST as error:
            self._drop(error)
            raise NotConfirmed("the broker does not answer") from error
        except BaseException as error:  # a time limit of the caller's own
            self._drop(error)
            raise
        finally:
            self._writing.release()

    def close(self) -> None:
        """Close the connection politely."""
        with self._writing:
            connection, self._connection, self._channel = self._connection, None, None
            if connection is not None:
                self._reader.kill()  # two greenlets must not read one socket
                try:
                    with eventlet.Timeout(SEND_TIMEOUT_SECONDS, TimeoutError()):
                        connection.close()
                except _LOST:
                    connection.collect()
            self._fail_all(NotConfirmed("closed"))

    def _send(
        self, message: amqp.Message, exchange: str, key: str, mandatory: bool, topic_exchange: bool
    ) -> Receipt | None:
        channel = self._open()
        if topic_exchange and exchange not in self._declared:
            channel.exchange_declare(exchange, "topic", durable=True, auto_delete=False, nowait=True)
            self._declared.add(exchange)
        receipt = None
        if self._confirms:
            receipt = self._unconfirmed[self._next_tag] = Receipt(message.properties["message_id"])
            self._next_tag += 1
            if mandatory:
                self._by_message[receipt.message_id] = receipt
        channel._basic_publish(message, exchange=exchange, routing_key=key, mandatory=mandatory)
        return receipt

    def _open(self) -> amqp.Channel:
        if self._connection is not None and self._channel is not None:
            return self._channel
        parts = parse_url(self._url)
        connection = amqp.Connection(
            host=f"{parts['hostname']}:{parts['port'] or 5672}",
            userid=parts["userid"] or "guest",
            password=parts["password"] or "guest",
            virtual_host=parts["virtual_host"] or "/",
            connect_timeout=3,
            heartbeat=HEARTBEAT_SECONDS,
        )
        connection.connect()
        channel = connection.channel()
        if self._confirms:
            channel.confirm_select()
            channel.events["basic_ack"].add(self._acknowledged)
            channel.events["basic_nack"].add(self._refused)
        channel.events["basic_return"].add(self._returned)
        self._connection, self._channel, self._next_tag = connection, channel, 1
        self._declared.clear()
        self._reader = eventlet.spawn(self._read, connection)
        return channel

    def _read(self, connection: Any) -> None:
        """Take in what the broker sends until the connection is lost or replaced."""
        try:
            while self._connection is connection:
                try:
                    connection.drain_events(timeout=HEARTBEAT_SECONDS / 4)
                except TimeoutError:
                    with self._writing:
                        connection.heartbeat_tick()
        except Exception as error:  # whatever broke the reader broke the connection
            if self._connection is connection:
                self._drop(error)

    def _drop(self, error: BaseException) -> None:
        connection, self._connection, self._channel = self._connection, None, None
        self._fail_all(NotConfirmed("the connection to the broker broke"))
        if connection is not None:
            log.warning("the publishing connection broke", extra={"fields": {"error": type(error).__name__}})
            connection.collect()

    def _fail_all(self, error: Exception) -> None:
        receipts = list(self._unconfirmed.values())
        self._unconfirmed.clear()
        self._by_message.clear()
        for receipt in receipts:
            receipt.settle(error)

    def _acknowledged(self, tag: int, multiple: bool) -> None:
        self._settle(tag, multiple, None)

    def _refused(self, tag: int, multiple: bool) -> None:
        self._settle(tag, multiple, NotConfirmed("the broker refused the message"))

    def _settle(self, tag: int, multiple: bool, error: Exception | None) -> None:
        # Tags are confirmed nearly in order, so a cumulative confirm reads from the front of the dict.
        tags = [tag]
        if multiple:
            tags = []
            for waiting in self._unconfirmed:
                if waiting > tag:
                    break
                tags.append(waiting)
        for confirmed in tags:
            if receipt := self._unconfirmed.pop(confirmed, None):
                self._by_message.pop(receipt.message_id, None)
                receipt.settle(error)

    def _returned(self, error: Exception, exchange: str, routing_key: str, message: amqp.Message) -> None:
        """The broker returns an unroutable message just before it confirms it."""
        if receipt := self._by_message.pop(message.properties.get("message_id", ""), None):
            receipt.returned = True
        if self._on_return is not None:
            self._on_return(message.properties.get("correlation_id", ""))
