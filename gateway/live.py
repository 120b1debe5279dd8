"""What happens, pushed to many: messages of a tick become one frame, encoded once for everybody.

A bounded ring keeps the latest frames. A client is a number in it: how far it has been served. A client that
comes back goes on from its number; one that falls behind the ring's end is dropped (it comes back and is told to
start anew), so a slow reader costs nobody anything. There is no queue and no task per idle client.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import msgspec

TICK = 0.08  # seconds in which messages are joined
HEARTBEAT = 15.0
PATIENCE = 30.0  # seconds that one write to a client may take
KEPT_FRAMES, KEPT_BYTES = 2_000, 4 * 1024 * 1024

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True)
class Frame:
    """One encoded event of the stream; `topic` is None for what every client gets."""

    number: int
    topic: str | None
    data: bytes


@dataclass(eq=False)
class Client:
    """One connection: what it wants, how far it is, and how to reach it."""

    topics: frozenset[str]
    served: int
    write: Callable[[bytes], Awaitable[None]]
    drop: Callable[[], object]
    writing_since: float | None = field(default=None)


class Live:
    """The ring of frames and the clients that follow it."""

    def __init__(self) -> None:
        self._epoch = secrets.token_hex(4)  # numbers of another process mean nothing here
        self._frames: deque[Frame] = deque()
        self._bytes = 0
        self._head = 0
        self._pending: dict[str, dict[Any, dict[str, Any]]] = {}
        self._has_news = asyncio.Event()
        self._writes: set[asyncio.Task[None]] = set()
        self.clients: set[Client] = set()

    # -- telling ----------------------------------------------------------------------------------

    def tell(self, topic: str, key: Any, message: dict[str, Any]) -> None:
        """Push `message` with the next tick; of several with one `key` within a tick only the last goes out."""
        self._pending.setdefault(topic, {})[key] = message
        self._has_news.set()

    def reset(self) -> None:
        """Tell every client that it may have missed something and must fetch its state anew."""
        self._append(None, b"event: reset\ndata: {}\n\n")
        self._serve_all()

    def flush(self) -> None:
        """Make a frame of each topic's pending messages and serve everybody. `run` calls it once a tick."""
        self._has_news.clear()
        pending, self._pending = self._pending, {}
        for topic, messages in pending.items():
            data = b"event: %s\ndata: %s\n\n" % (topic.encode(), _encode(list(messages.values())))
            self._append(topic, data)
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
                self._beat()

    # -- following --------------------------------------------------------------------------------

    def greeting(self, retry_ms: int, served: int) -> bytes:
        """The first bytes of a stream: when to come back, and from which number."""
        return b"retry: %d\nid: %s\n\n" % (retry_ms, self._id(served))

    def place_of(self, last_event_id: str | None) -> int | None:
        """The number after which a client goes on; None when that is not here (any more).

        Without an id it is a new client, which starts with what happens from now on.
        """
        if not last_event_id:
            return self._head
        epoch, _, number = last_event_id.partition("-")
        if epoch != self._epoch or not number.isdecimal() or not self._oldest - 1 <= int(number) <= self._head:
            return None
        return int(number)

    @property
    def head(self) -> int:
        """The number of the newest frame."""
        return self._head

    def follow(self, client: Client) -> None:
        """Serve `client` from its place on, until `leave`."""
        self.clients.add(client)
        self._serve(client)

    def leave(self, client: Client) -> None:
        """Forget `client`."""
        self.clients.discard(client)

    def close(self) -> None:
        """End every stream; browsers come back to whoever serves next."""
        for client in list(self.clients):
            client.drop()

    # -- inside -----------------------------------------------------------------------------------

    @property
    def _oldest(self) -> int:
        return self._frames[0].number if self._frames else self._head + 1

    def _id(self, number: int) -> bytes:
        return f"{self._epoch}-{number}".encode()

    def _append(self, topic: str | None, event: bytes) -> None:
        self._head += 1
        data = b"id: %s\n%s" % (self._id(self._head), event)
        self._frames.append(Frame(self._head, topic, data))
        self._bytes += len(data)
        while len(self._frames) > KEPT_FRAMES or self._bytes > KEPT_BYTES:
            self._bytes -= len(self._frames.popleft().data)

    def _serve_all(self) -> None:
        joined: dict[tuple[int, frozenset[str]], bytes] = {}
        for client in list(self.clients):
            self._serve(client, joined)

    def _serve(self, client: Client, joined: dict[tuple[int, frozenset[str]], bytes] | None = None) -> None:
        """Start writing what `client` lacks; a client that is still being written to goes on by itself."""
        if client.served + 1 < self._oldest:
            client.drop()
        elif client.writing_since is None and (data := self._next(client, joined)):
            self._write(client, data)

    def _next(self, client: Client, joined: dict[tuple[int, frozenset[str]], bytes] | None = None) -> bytes:
        """What `client` lacks, joined once for all clients that lack the same; moves the client's place."""
        key = (client.served, client.topics)
        data = joined.get(key) if joined is not None else None
        if data is None:
            behind = self._head - client.served
            frames = list(self._frames)[-behind:] if behind else []
            data = b"".join(f.data for f in frames if f.topic is None or f.topic in client.topics)
            if joined is not None:
                joined[key] = data
        client.served = self._head
        return data

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
                if client.served + 1 < self._oldest:
                    client.drop()
                    return
                data = self._next(client)
        except Exception:
            client.drop()  # the connection is gone; its handler cleans up
        finally:
            client.writing_since = None

    def _beat(self) -> None:
        """A comment to idle clients, so that proxies keep them; the end for those that do not read."""
        now = time.monotonic()
        for client in list(self.clients):
            if client.writing_since is None:
                self._write(client, b": still here\n\n")
            elif now - client.writing_since > PATIENCE:
                client.drop()
