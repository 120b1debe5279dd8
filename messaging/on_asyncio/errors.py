"""What can go wrong on the bus, as one tree.

BusError
├── RemoteError         the service answered with an error of its own; `exc_type` names it
├── RpcTimeout          the service did not answer before the deadline; it may have acted
└── BusUnavailable      no broker, or lost while in flight; a call may have been carried out
    ├── UnknownService  nobody takes such calls; nothing was carried out
    └── CircuitOpen     the last calls to this service went unanswered; it was not asked
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiormq.exceptions import AMQPError, ChannelInvalidStateError


class BusError(Exception):
    """Anything that keeps a call from its answer."""


class RemoteError(BusError):
    """The error that a service answered, by the name of its class in `messaging.contracts`."""

    def __init__(self, exc_type: str, message: str = "", field: str = "") -> None:
        super().__init__(exc_type, message, field)
        self.exc_type = exc_type
        self.message = message
        self.field = field

    def __str__(self) -> str:
        return f"{self.exc_type}: {self.message}"


class RpcTimeout(BusError):
    """No answer before the deadline."""


class BusUnavailable(BusError):
    """There is no connection to the broker, or it broke before the answer came."""


class UnknownService(BusUnavailable):
    """No queue takes calls of this service, or the service has no such method."""


class CircuitOpen(BusUnavailable):
    """The service has not answered for a while and is left alone for a moment."""


def remote_error(error: dict[str, Any]) -> BusError:
    """The exception for the `error` part of a nameko reply; `exc_args` are a message and perhaps a field."""
    name = str(error.get("exc_type") or "Exception")
    message, field, *_ = [*map(str, error.get("exc_args") or ()), "", ""]
    if name == "MethodNotFound":
        return UnknownService(message)
    return RemoteError(name, message, field)


@contextmanager
def unavailable_when_lost() -> Iterator[None]:
    """Turn what aiormq raises for a lost connection into `BusUnavailable`.

    aiormq rejects pending operations of a closing channel with a `CancelledError` although nobody cancelled
    the caller: unless this task itself is being cancelled, it means that the connection is gone.
    """
    try:
        yield
    except (AMQPError, ChannelInvalidStateError, OSError) as error:
        raise BusUnavailable(f"the connection to the broker is lost: {error!r}") from error
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        raise BusUnavailable("the connection to the broker is lost") from error
