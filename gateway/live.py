"""What happens, pushed to many: messages of a tick become one frame, encoded once for everybody.

A client that comes back goes on from its number in the ring; one that falls behind the ring's end is dropped (it
comes back and is told to start anew), so a slow reader costs nobody anything. An idle client has no queue and no
task.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import msgspec

from .ring import Ring

TICK = 0.08  # seconds in which messages are joined
HEARTBEAT = 15.0
PATIENCE = 30.0  # seconds that one write to a client may take

_encode = msgspec.json.Encoder().encode
Joined = dict[tuple[int, frozenset[str]], bytes]


@dataclass(eq=False)
class Client:
    """One connection: what it wants, how far it is, and how to reach it."""

    topics: frozenset[str]
    served: int
    write: Callable[[bytes], Awaitable[None]]
    drop: Callable[[], object]
    writing_since: float | None = None


class Live:
    """The ring of frames and the clients that follow it."""

    def __init__(self) -> None:
        self.ring = Ring()
        self.clients: set[Client] = set()
        self._pending: dict[str, dict[Any, dict[str, Any]]] = {}
        self._has_news = asyncio.Event()
        self._writes: set[asyncio.Task[None]] = set()

    def tell(self, topic: str, key: Any, message: dict[str, Any]) -> None:
        """Push `message` with the next tick; of several with one `key` within a tick only the last goes out."""
        self._pending.setdefault(topic, {})[key] = message
        self._has_news.set()

    def reset(self) -> None:
        """Tell every client that it may have missed something and must fetch its state anew."""
        self.ring.append(None, b"event: reset\ndata: {}\n\n")
        self._serve_all()

    def flush(self) -> None:
        """Make a frame of each topic's pending messages and serve everybody. `run` calls it once a tick."""
        self._has_news.clear()
        pending, self._pending = self._pending, {}
        for topic, messages in pending.items():
            data = _encode(list(messages.values()))
            self.ring.append(topic, b"event: %s\ndata: %s\n\n" % (topic.encode(), data))
        self._serve_all()

    async def run(self) -> None:
        """Flush a tick after news, and keep idle connections alive. Runs until cancelled."""
        next_heartbeat = time.monotonic() + HEARTBEAT
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._has_news.wait(), max(0.0, next_heartbeat - time.monotonic()))
                await asyncio.sleep(TICK)
                self.flush()
            if time.monotonic() >= next_heartbeat:
                next_heartbeat = time.monotonic() + HEARTBEAT
                self.beat()

    def beat(self) -> None:
        """A comment to idle clients, so that proxies keep them; the end for those that do not read."""
        now = time.monotonic()
        for client in list(self.clients):
            if client.writing_since is None:
                self._write(client, b": still here\n\n")
            elif now - client.writing_since > PATIENCE:
                client.drop()

    def follow(self, client: Client) -> None:
        """Serve `client` from its place on, until `leave`."""
        self.clients.add(client)
        self._serve(client, {})

    def leave(self, client: Client) -> None:
        """Forget `client`."""
        self.clients.discard(client)

    def close(self) -> None:
        """End every stream; browsers come back to whoever serves next."""
        for client in list(self.clients):
            client.drop()

    def _serve_all(self) -> None:
        joined: Joined = {}
        for client in list(self.clients):
            self._serve(client, joined)

    def _serve(self, client: Client, joined: Joined) -> None:
        """Start writing what `client` lacks; one that is being written to goes on by itself."""
        if not self.ring.reaches_back_to(client.served):
            client.drop()
        elif client.writing_since is None and (data := self._next(client, joined)):
            self._write(client, data)

    def _next(self, client: Client, joined: Joined) -> bytes:
        """What `client` lacks, joined once for all that lack the same; the client's place moves on."""
        lacks = (client.served, client.topics)
        if lacks not in joined:
            joined[lacks] = self.ring.after(*lacks)
        client.served = self.ring.head
        return joined[lacks]

    def _write(self, client: Client, data: bytes) -> None:
        client.writing_since = time.monotonic()
        task = asyncio.get_running_loop().create_task(self._pump(client, data))
        self._writes.add(task)
        task.add_done_callback(self._writes.discard)

    async def _pump(self, client: Client, data: bytes) -> None:
        """Write `data`, then what has come meanwhile, until the client has everything."""
        try:
            while data and client in self.clients:
                await client.write(data)
                client.writing_since = time.monotonic()
                if not self.ring.reaches_back_to(client.served):
                    client.drop()
                    return
                data = self._next(client, {})
        except Exception:
            client.drop()  # the connection is gone; its handler cleans up
        finally:
            client.writing_since = None
