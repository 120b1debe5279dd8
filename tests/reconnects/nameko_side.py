"""A nameko process loses its connections again and again; what is left over of them afterwards.

`python -m tests.reconnects.nameko_side URL TIMES` writes what it held before and after, as JSON.
"""

from __future__ import annotations

if __name__ == "__main__":
    import eventlet

    eventlet.monkey_patch()

import gc
import json
import os
import sys

import amqp
import eventlet
from greenlet import greenlet
from kombu.utils.limits import TokenBucket

from messaging.envelope import Envelope
from messaging.on_nameko import Remote, command, event_handler
from messaging.on_nameko.consumer import BusConsumer
from messaging.on_nameko.publisher import ConfirmedPublisher
from messaging.on_nameko.runner import BusContainer
from messaging.topology import RETRY_DELAYS_MS, RPC_EXCHANGE
from tests.integration.nameko.broker_desk import eventually
from tests.integration.nameko.faulty_link import FaultyLink
from tests.integration.nameko.probe_words import Rang, Ring, Rung

WORKS_EVERY = 20


class Again:
    """Has all that holds a connection: it serves, hears, calls and publishes."""

    name = "reconnects"
    itself = Remote(name)

    @command(Ring)
    def ring(self, command: Ring) -> Rung:
        """Answer."""
        return Rung(bell=command.bell, times=command.times)

    @event_handler(Rang)
    def on_rang(self, envelope: Envelope, event: Rang) -> None:
        """Do nothing."""


def reconnect(broker_url: str, times: int) -> tuple[dict[str, int], dict[str, int]]:
    """What the process holds after the first few reconnections, and `times` later. Nothing may grow."""
    with FaultyLink(broker_url) as link:
        config = {"AMQP_URI": link.url, "max_workers": 4, "retry_delays_ms": RETRY_DELAYS_MS}
        container = BusContainer(Again, config)
        consumer = next(one for one in container.extensions if isinstance(one, BusConsumer))
        consumer.restart_limit = TokenBucket(1000)  # this is not about how long it waits
        container.start()
        remote = next(one for one in container.dependencies if isinstance(one, Remote))
        publisher = next(one for one in container.extensions if isinstance(one, ConfirmedPublisher))
        before: dict[str, int] = {}
        for number in range(times + WORKS_EVERY):
            if number == WORKS_EVERY:
                before = holdings()
            works(remote, publisher)
            broken = list(consumer._consumers.values())
            link.break_all()
            eventually(lambda: broken[0] not in consumer._consumers.values(), seconds=30)  # noqa: B023
            eventually(container.is_ready, seconds=30)
        after = holdings()
        container.stop()
    return before, after


def works(remote: Remote, publisher: ConfirmedPublisher) -> None:
    """A call comes back; what is published is confirmed. Connections that broke unseen may cost one try each."""
    eventually(lambda: _quietly(lambda: remote.call(Ring(bell="big"), Rung).bell == "big"), seconds=30)
    body = b'{"args": [], "kwargs": {"bell": "big"}}'
    key = f"{remote.service}.ring"
    eventually(
        lambda: _quietly(lambda: publisher.publish(body, RPC_EXCHANGE, key, reply_to="x") is None), seconds=30
    )


def _quietly(attempt: object) -> bool:
    try:
        return bool(attempt())  # type: ignore[operator]
    except Exception:
        return False


def holdings() -> dict[str, int]:
    """What this process holds when it has come to rest."""
    eventlet.sleep(0.5)
    gc.collect()
    objects = gc.get_objects()
    return {
        "greenlets": sum(isinstance(one, greenlet) and not one.dead for one in objects),
        "file descriptors": len(os.listdir("/proc/self/fd")),
        "channel objects": sum(isinstance(one, amqp.Channel) for one in objects),
        "connection objects": sum(isinstance(one, amqp.Connection) for one in objects),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(reconnect(sys.argv[1], int(sys.argv[2]))) + "\n")
