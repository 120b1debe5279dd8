"""The service that is measured, as a process of its own; arguments: plain or ours, and the broker's URL.

Both do the same: `ring` answers its fields, `tell` publishes `count` durable, confirmed events, `hear` takes in
events and counts them, and `heard` tells how many.
"""

# ruff: noqa: E402
import warnings

warnings.simplefilter("ignore")  # eventlet announces its old age

import eventlet

eventlet.monkey_patch()

import sys
from typing import Any

import msgspec
from nameko.containers import ServiceContainer
from nameko.events import EventDispatcher
from nameko.events import event_handler as plain_event_handler
from nameko.extensions import DependencyProvider
from nameko.rpc import rpc

from messaging.contracts.types import Command, Event, routing_key
from messaging.envelope import Envelope, wrap
from messaging.on_nameko import command, event_handler
from messaging.on_nameko.publisher import ConfirmedPublisher
from messaging.on_nameko.runner import BusContainer
from messaging.topology import RETRY_DELAYS_MS, events_exchange

WORKERS = 64


class Rang(Event, frozen=True, kw_only=True, tag="oursbench.rang.v1"):
    """The event that ours publishes."""

    bell: str


class Chimed(Event, frozen=True, kw_only=True, tag="oursbench.chimed.v1"):
    """The event that ours hears."""

    bell: str


class Ring(Command, frozen=True, kw_only=True):
    """The call."""

    bell: str
    times: int = 1


class Tell(Command, frozen=True, kw_only=True):
    """Publish so many events."""

    count: int


class Heard(Command, frozen=True, kw_only=True):
    """Ask how many events came in."""


class Rung(msgspec.Struct):
    """The answer."""

    bell: str
    times: int


heard = 0


class Plain:
    """On nothing but nameko."""

    name = "plainbench"
    dispatch = EventDispatcher()

    @rpc
    def ring(self, bell: str, times: int = 1) -> dict[str, Any]:
        """Answer."""
        return {"bell": bell, "times": times}

    @rpc
    def tell(self, count: int) -> dict[str, Any]:
        """Publish one after the other, as an entry point of nameko does."""
        for _ in range(count):
            self.dispatch("rang", msgspec.to_builtins(wrap(Rang(bell="big"), aggregate="b", seq=1)))
        return {"bell": "big", "times": count}

    @plain_event_handler("plainbench", "chimed")
    def hear(self, payload: dict[str, Any]) -> None:
        """Count."""
        global heard
        heard += 1

    @rpc
    def heard(self) -> dict[str, Any]:
        """So many came in."""
        return {"bell": "big", "times": heard}


class Publishes(DependencyProvider):
    """What the relay publishes with."""

    publisher = ConfirmedPublisher()

    def get_dependency(self, worker_ctx: Any) -> ConfirmedPublisher:
        """Called by nameko for each worker."""
        return self.publisher


class Ours:
    """The same on `messaging.on_nameko`."""

    name = "oursbench"
    publisher = Publishes()

    @command(Ring)
    def ring(self, command: Ring) -> Rung:
        """Answer."""
        return Rung(command.bell, command.times)

    @command(Tell)
    def tell(self, command: Tell) -> Rung:
        """Publish as the relay does: as a batch of outbox entries."""
        confirmed = self.publisher.publish_events([an_entry() for _ in range(command.count)])
        return Rung("big", len(confirmed))

    @event_handler(Chimed)
    def hear(self, envelope: Envelope, event: Chimed) -> None:
        """Count."""
        global heard
        heard += 1

    @command(Heard)
    def heard(self, command: Heard) -> Rung:
        """So many came in."""
        return Rung("big", heard)


def an_entry() -> dict[str, Any]:
    """An event as it waits in the outbox."""
    envelope = wrap(Rang(bell="big"), aggregate="b", seq=1)
    return {
        "id": envelope.id,
        "exchange": events_exchange(Rang),
        "key": routing_key(Rang),
        "mandatory": True,
        "envelope": msgspec.to_builtins(envelope),
    }


def main(which: str, amqp_url: str) -> None:
    """Serve until killed."""
    config = {"AMQP_URI": amqp_url, "max_workers": WORKERS, "retry_delays_ms": RETRY_DELAYS_MS}
    container = ServiceContainer(Plain, config) if which == "plain" else BusContainer(Ours, config)
    container.start()
    container.wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
