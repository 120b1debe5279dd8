"""The bus for asyncio processes: nameko's wire protocol without nameko, on aiormq.

    async with Bus(amqp_url, name="gateway") as bus:
        answer = await bus.call("jobs", "get_vacancy", {"vacancy_id": "v1"}, deadline=2.5)

The gateway, the media nodes and the seed loader use it. It never imports nameko, kombu or eventlet.
"""

from .bus import Bus
from .errors import BusError, BusUnavailable, CircuitOpen, RemoteError, RpcTimeout, UnknownService
from .listener import Listener

__all__ = [
    "Bus",
    "BusError",
    "BusUnavailable",
    "CircuitOpen",
    "Listener",
    "RemoteError",
    "RpcTimeout",
    "UnknownService",
]
