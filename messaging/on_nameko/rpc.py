"""Commands and queries over nameko's RPC protocol, typed.

    @command(PostVacancy)
    def post_vacancy(self, command: PostVacancy) -> Vacancy: ...

The keyword arguments of the call are the fields of the struct; what does not fit is answered with `InvalidInput`
before any code of the service runs. Any nameko client can call: ``proxy.jobs.post_vacancy(title=…, …)``.

The wire is nameko's own. Different from nameko inside: bodies are decoded once and strictly, replies leave over
one open channel unconfirmed (half the cost of a call was its reply), and a request that nobody can answer,
because it has no `reply_to` or is no JSON, is parked instead of killing the container.
"""

from __future__ import annotations

import logging
import time
from functools import partial
from typing import Any

import msgspec
from kombu import Exchange, Queue
from nameko.exceptions import ContainerBeingKilled, MethodNotFound, serialize
from nameko.extensions import Entrypoint, ProviderCollector, SharedExtension
from nameko.messaging import HeaderDecoder

from messaging import metrics, topology
from messaging.contracts.errors import InvalidInput, ServiceError

from .consumer import BusConsumer, Provider, give_back, settle
from .failures import Failures
from .outlet import NotConfirmed, Outlet
from .rows import Part, Row

log = logging.getLogger(__name__)
_request = msgspec.json.Decoder()
_reply = msgspec.json.Encoder()


class Replies(SharedExtension):
    """The open channel that answers leave by."""

    def setup(self) -> None:
        """Called by nameko; connects at the first use."""
        self._outlet = Outlet(self.container.config["AMQP_URI"], confirms=False)

    def stop(self) -> None:
        """Called by nameko when the service stops."""
        self._outlet.close()

    def send(self, request: Any, body: bytes) -> None:
        """Answer `request` with `body`. A lost answer is the caller's timeout: it asks again with the same key."""
        try:
            self._outlet.publish(
                body,
                topology.RPC_EXCHANGE,
                request.properties["reply_to"],
                content_type="application/json",
                content_encoding="utf-8",
                correlation_id=request.properties.get("correlation_id", ""),
                delivery_mode=1,
            )
        except NotConfirmed:
            metrics.RPC_HANDLED.labels("reply", "lost").observe(0)


class RpcQueue(SharedExtension, ProviderCollector, Provider):
    """The one queue of all methods of a service; replicas compete for it."""

    consumer = BusConsumer()
    replies = Replies()
    failures = Failures()

    @property
    def prefetch(self) -> int:
        """Unacknowledged requests at a time."""
        return int(self.container.max_workers)

    def setup(self) -> None:
        """Called by nameko."""
        service = self.container.service_name
        exchange = Exchange(topology.RPC_EXCHANGE, type="topic", durable=True)
        self.queue = Queue(f"rpc-{service}", exchange=exchange, routing_key=f"{service}.*", durable=True)
        self.methods: dict[str, Method] = {}
        self.consumer.register_provider(self)

    def unregister_provider(self, provider: Any) -> None:
        """Called by each method that stops; with the last one, the service takes no more requests."""
        super().unregister_provider(provider)
        if not self._providers:
            self.consumer.unregister_provider(self)

    def on_message(self, message: Any) -> None:
        """Find the method and start it, or answer why not."""
        if not message.properties.get("reply_to"):
            self.consumer.aside(
                partial(self.failures.park, message, self.queue.name, "a request without reply_to")
            )
            return
        name = message.delivery_info["routing_key"].split(".", 1)[-1]
        try:
            if name == topology.RPC_ROWS:
                self._start_row(Row(message, self._reply))
                return
            if (method := self.methods.get(name)) is None:
                raise MethodNotFound(name)
            method.start_worker(message, method.decode(message.body))
        except (InvalidInput, MethodNotFound) as error:
            self.consumer.aside(partial(self.answer, message, None, error))

    def _start_row(self, row: Row) -> None:
        """Start every call of a row; beside the consuming loop when there are not enough free workers."""

        def start() -> None:
            for part in row.parts:
                try:
                    if (method := self.methods.get(part.method)) is None:
                        raise MethodNotFound(part.method)
                    method.start_worker(part, method.convert(part.kwargs))
                except (InvalidInput, MethodNotFound) as error:
                    self.answer(part, None, error)

        if self.container._worker_pool.free() >= len(row.parts):
            start()
        else:
            self.consumer.aside(start)

    def answer(self, message: Any, result: Any, error: BaseException | None) -> None:
        """Reply, then acknowledge the request. A result that is no JSON is answered as the error it is."""
        try:
            body = _reply.encode({"result": result, "error": serialize(error) if error else None})
        except (TypeError, ValueError, RecursionError) as broken:
            log.exception("an answer is no JSON")
            body = _reply.encode({"result": None, "error": serialize(broken)})
        if isinstance(message, Part):
            message.row.answer(message, body)
        else:
            self._reply(message, body)

    def give_back(self, message: Any) -> None:
        """Return a request to the queue, a row only once."""
        if isinstance(message, Part):
            row = message.row
            if not row.given_back:
                row.given_back = True
                give_back(row.message)
        else:
            give_back(message)

    def _reply(self, message: Any, body: bytes) -> None:
        self.replies.send(message, body)
        settle(message)


class Method(Entrypoint, HeaderDecoder):
    """One command or query of a service."""

    rpc = RpcQueue()

    def __init__(self, contract: type[msgspec.Struct]) -> None:
        self.contract = contract
        super().__init__(expected_exceptions=ServiceError)

    def setup(self) -> None:
        """Called by nameko."""
        self.rpc.register_provider(self)
        self._label = f"{self.container.service_name}.{self.method_name}"

    def start(self) -> None:
        """Called by nameko when everything is set up."""
        self.rpc.methods[self.method_name] = self

    def stop(self) -> None:
        """Called by nameko."""
        self.rpc.unregister_provider(self)

    def decode(self, body: bytes) -> msgspec.Struct:
        """The struct in a request body. Raises `InvalidInput` that names the field."""
        try:
            request = _request.decode(body)
            if request["args"]:
                raise InvalidInput("give the fields by name", "args")
            return self.convert(request["kwargs"])
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, KeyError, TypeError):
            raise InvalidInput("a request is JSON with args and kwargs") from None

    def convert(self, kwargs: Any) -> msgspec.Struct:
        """The struct of these fields. Raises `InvalidInput` that names the field."""
        try:
            return msgspec.convert(kwargs, self.contract)
        except msgspec.ValidationError as error:
            raise InvalidInput(*explain(error)) from None

    def start_worker(self, message: Any, command: msgspec.Struct) -> None:
        """Run the method for one request; its answer, or that it was interrupted, goes back to the caller."""
        answered: list[bool] = []
        finish = partial(self._finish, message, answered, time.monotonic())
        try:
            worker = self.container.spawn_worker(
                self, (command,), {}, context_data=self.unpack_message_headers(message), handle_result=finish
            )
        except ContainerBeingKilled:
            self.rpc.give_back(message)
            return
        thread = self.container._worker_threads.get(worker)
        if thread is not None:  # a greenlet that has not begun is false
            thread.link(self._on_exit, message, answered)

    def _on_exit(self, _thread: Any, message: Any, answered: list[bool]) -> None:
        """A worker that ended without a result was stopped by something that is no `Exception`."""
        if not answered:
            self.rpc.answer(message, None, RuntimeError("the call was interrupted"))

    def _finish(
        self, message: Any, answered: list[bool], started: float, _worker: Any, result: Any, exc_info: Any
    ) -> tuple[Any, Any]:
        answered.append(True)
        error = exc_info[1] if exc_info else None
        outcome = "done" if error is None else "refused" if isinstance(error, ServiceError) else "failed"
        metrics.RPC_HANDLED.labels(self._label, outcome).observe(time.monotonic() - started)
        self.rpc.answer(message, None if error else result, error)
        return result, exc_info


def explain(error: msgspec.ValidationError) -> tuple[str, str]:
    """msgspec's message without its path, and the path as a field: ``projects[0].title``."""
    message, _, path = str(error).partition(" - at `")
    field = path.rstrip("`").removeprefix("$").removeprefix(".")
    if "field `" in message:  # missing or unknown: the path leads to the object, the message names the field
        field = ".".join(filter(None, (field, message.split("`")[1])))
    return message, field


#: ``@command(Contract)`` and ``@query(Contract)``: the same on the wire, two words for the reader.
command = query = Method.decorator
