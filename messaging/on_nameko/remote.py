"""Calls from one service to another, with a deadline.

registration = Remote("registration")
...
organisation = self.registration.call(GetOrganisation(organisation_id=id, actor=actor), Organisation)
"""

from __future__ import annotations

import time
import uuid
from typing import Any, TypeVar

import eventlet
import msgspec
from eventlet.event import Event as Signal
from kombu import Exchange, Queue
from nameko.extensions import DependencyProvider, SharedExtension

from messaging import metrics, topology, tracing
from messaging.circuit import Circuits
from messaging.contracts import errors
from messaging.contracts.types import method_name

from .consumer import BusConsumer, Provider, settle
from .outlet import NotConfirmed, Outlet

T = TypeVar("T")
_reply = msgspec.json.Decoder(dict[str, Any])
#: Shorter than the gateway's own, so that its caller hears "unavailable" and not silence.
DEADLINE_SECONDS = 2.0
#: A reply queue that nobody consumes goes after this time.
REPLIES_EXPIRE_MS = 60_000


class ReplyQueue(SharedExtension, Provider):
    """This process's own queue of answers, and the calls that wait for them."""

    consumer = BusConsumer()
    prefetch = 1000

    def setup(self) -> None:
        """Called by nameko."""
        self.key = str(uuid.uuid4())
        self._waiting: dict[str, Signal] = {}
        self._circuits = Circuits()
        self._outlet = Outlet(self.container.config["AMQP_URI"], confirms=False, on_return=self._unknown_service)
        self.queue = Queue(
            f"rpc.reply-{self.container.service_name}-{self.key}",
            exchange=Exchange(topology.RPC_EXCHANGE, type="topic", durable=True),
            routing_key=self.key,
            # Not exclusive: after a half-open link the broker may hold the old connection when the new one comes.
            queue_arguments={"x-expires": REPLIES_EXPIRE_MS},
        )
        self.consumer.register_provider(self)

    def stop(self) -> None:
        """Called by nameko."""
        self.consumer.unregister_provider(self)
        self._outlet.close()

    def on_message(self, message: Any) -> None:
        """Hand an answer to the call that waits for it; a late one is dropped."""
        settle(message)
        if waiting := self._waiting.pop(message.properties.get("correlation_id", ""), None):
            waiting.send(message.body)

    def on_lost(self) -> None:
        """Calls in flight fail at once: their answers may be lost with the connection."""
        waiting, self._waiting = self._waiting, {}
        for answer in waiting.values():
            answer.send_exception(errors.Unavailable("the connection was lost while waiting for the answer"))

    def call(self, service: str, method: str, fields: dict[str, Any], deadline: float) -> dict[str, Any]:
        """The raw answer ``{"result", "error"}``. Raises `Unavailable` when none comes in time."""
        if not self._circuits.admits(service):
            raise errors.Unavailable(f"{service} has not answered for a while")
        late = errors.Unavailable(f"{service} does not answer")
        before, outcome = time.monotonic(), "unavailable"
        try:
            with tracing.span(f"{service}.{method}", tracing.CLIENT), eventlet.Timeout(deadline, late):
                answer = self._ask(f"{service}.{method}", fields, deadline)
        except errors.Unavailable as error:
            if error is late:
                outcome = "timeout"
                self._circuits.note(service, answered=False)
            raise
        else:
            outcome = "refused" if answer["error"] else "ok"
            self._circuits.note(service, answered=True)
            return answer
        finally:
            metrics.RPC_CALLED.labels(service, method, outcome).observe(time.monotonic() - before)

    def _ask(self, routing_key: str, fields: dict[str, Any], deadline: float) -> dict[str, Any]:
        call_id = uuid.uuid4().hex
        answer = self._waiting[call_id] = Signal()
        try:
            self._outlet.publish(
                msgspec.json.encode({"args": [], "kwargs": fields}),
                topology.RPC_EXCHANGE,
                routing_key,
                mandatory=True,
                content_type="application/json",
                content_encoding="utf-8",
                correlation_id=call_id,
                reply_to=self.key,
                delivery_mode=1,
                expiration=str(int(deadline * 1000)),
                application_headers=_context(),
            )
            return _reply.decode(answer.wait())
        except NotConfirmed:
            raise errors.Unavailable("the broker does not answer") from None
        except msgspec.MsgspecError:
            raise errors.Unavailable(f"{routing_key} was answered with what is no answer") from None
        finally:
            self._waiting.pop(call_id, None)

    def _unknown_service(self, call_id: str) -> None:
        if waiting := self._waiting.pop(call_id, None):
            waiting.send_exception(errors.Unavailable("nobody serves this call"))


def _context() -> dict[str, str]:
    context = {"correlation_id": tracing.correlation_id.get(), "traceparent": tracing.traceparent.get()}
    return {f"nameko.{key}": value for key, value in context.items() if value}


class Remote(DependencyProvider):
    """Another service, as a dependency of this one."""

    replies = ReplyQueue()

    def __init__(self, service: str) -> None:
        self.service = service

    def get_dependency(self, worker_ctx: Any) -> Remote:
        """Called by nameko for each worker."""
        return self

    def call(self, contract: msgspec.Struct, answer: type[T], deadline: float = DEADLINE_SECONDS) -> T:
        """Ask `contract` of the service. Raises what the service raised, as this side's `ServiceError`."""
        fields = msgspec.to_builtins(contract)
        raw = self.replies.call(self.service, method_name(type(contract)), fields, deadline)
        if error := raw["error"]:
            kind = getattr(errors, error["exc_type"], errors.Unavailable)
            raise kind(*error["exc_args"][:2])
        return msgspec.convert(raw["result"], answer)
