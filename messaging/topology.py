"""The names and arguments of everything on the broker. Pure: both sides of the bus declare from here.

    <source>.events           topic exchange, durable; routing key = the event's name (nameko's convention)
    evt-<source>-<event>--<service>.<handler>   quorum queue of one handler; replicas compete for it
    subvenue.delay.<ms>       topic exchange and quorum queue; what waits here returns to the queue named by
                              its routing key, so one ladder serves every consumer
    <service>.parked          quorum queue; what a service could not handle, byte for byte, for people
    nameko-rpc, rpc-<service> nameko's own

Delivery limits differ between RabbitMQ 3.10 and 4.x, so ours is explicit: a message that crashes its consumer
again and again ends in the parked queue on both.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .contracts.types import Event, routing_key, source

RPC_EXCHANGE = "nameko-rpc"
#: The method of every service of ours that takes several calls at once (`on_nameko.rows`).
RPC_ROWS = "rows"
#: Waits between one attempt and the next; after the last, the message is parked.
RETRY_DELAYS_MS = (1_000, 10_000, 60_000, 60_000, 60_000)
#: Deliveries without an answer (the consumer died each time) before the broker itself parks a message.
DELIVERY_LIMIT = 20

# Headers on messages that failed.
ATTEMPT = "x-subvenue-attempt"
REASON = "x-subvenue-reason"
ORIGIN_QUEUE = "x-subvenue-origin-queue"
PARKED_AT = "x-subvenue-parked-at"


def events_exchange(event: type[Event]) -> str:
    """The exchange that the owner of `event` publishes to."""
    return f"{source(event)}.events"


def event_queue(event: type[Event], service: str, handler: str) -> str:
    """The queue of one handler of one service. Pinned by a test: a renamed handler would orphan its queue."""
    return f"evt-{source(event)}-{routing_key(event)}--{service}.{handler}"


def parked_queue(service: str) -> str:
    """Where `service` puts what it could not handle."""
    return f"{service}.parked"


def delay_name(delay_ms: int) -> str:
    """The exchange and the queue of one rung of the delay ladder."""
    return f"subvenue.delay.{delay_ms}"


_SAFE_DEAD_LETTERS = {
    "x-queue-type": "quorum",
    "x-dead-letter-strategy": "at-least-once",
    "x-overflow": "reject-publish",  # at-least-once dead-lettering needs it
}


def event_queue_arguments(service: str) -> dict[str, Any]:
    """Arguments of a handler's queue: quorum, dead letters to the service's parked queue."""
    return {
        **_SAFE_DEAD_LETTERS,
        "x-delivery-limit": DELIVERY_LIMIT,
        "x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": parked_queue(service),
    }


def delay_queue_arguments(delay_ms: int) -> dict[str, Any]:
    """Arguments of one rung: after `delay_ms` the message goes to the queue that its routing key names."""
    return {**_SAFE_DEAD_LETTERS, "x-message-ttl": delay_ms, "x-dead-letter-exchange": ""}


def parked_queue_arguments() -> dict[str, Any]:
    """Arguments of a parked queue: quorum, nothing expires."""
    return {"x-queue-type": "quorum"}


def retry_delays(environment: Mapping[str, str]) -> tuple[int, ...]:
    """The waits that SUBVENUE_RETRY_DELAYS_MS asks for, "1000,10000"; ours where it asks for none."""
    words = environment.get("SUBVENUE_RETRY_DELAYS_MS", "").split(",")
    return tuple(int(word) for word in words if word.strip()) or RETRY_DELAYS_MS


def delay_after(attempt: int, delays_ms: tuple[int, ...] = RETRY_DELAYS_MS) -> int | None:
    """The wait after failed attempt number `attempt` (from 1), or None when it is time to park."""
    return delays_ms[attempt - 1] if attempt <= len(delays_ms) else None
