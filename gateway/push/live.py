"""What happens, pushed to many: messages of a tick become one frame, encoded once for everybody.

A client that comes back goes on from its number in the ring; one that falls behind the ring's end is dropped (it
comes back and is told to start anew), so a slow reader costs nobody anything. A client has no queue and no task.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from typing import Any, Protocol

import msgspec

from .ring import Ring

#: Seconds in which messages are joined. The first after a pause waits only to be joined by its like.
TICK, FIRST = 0.08, 0.002
#: Clients are served in so many groups, with time for other work between them; one is kept awake each second.
GROUPS = 15
PATIENCE = 30.0  # seconds that a client may read nothing while there is something for it
#: Topics of which the latest message of each key is shown to who starts anew, and of how many keys.
SHOWN, SHOWN_KEYS = frozenset({"sessions"}), 100

RESET = b"event: reset\ndata: {}\n\n"
_AWAKE = b": still here\n\n"
_encode = msgspec.json.Encoder().encode
#: What clients lack: from after one number up to another, of their topics.
Joined = dict[tuple[int, int, frozenset[str]], bytes]


class Client(Protocol):
    """One connection: what it wants, how far it is, since when it takes no more, and how to reach it."""

    topics: frozenset[str]
    served: int
    full_since: float | None

    def write(self, data: bytes) -> None:
        """Send some events; may call nothing back."""

    def drop(self) -> None:
        """End the connection at once."""

    def end(self) -> None:
        """End the connection in order."""


class Live:
    """The ring of frames and the clients that follow it."""

    def __init__(self) -> None:
        self.ring = Ring()
        self.dropped = 0
        self.frames = 0
        self._groups: list[set[Client]] = [set() for _ in range(GROUPS)]
        self._pending: dict[str, dict[Any, dict[str, Any]]] = {}
        self._latest: dict[str, OrderedDict[Any, dict[str, Any]]] = {}
        self._flushed_at = 0.0
        self._flushing: asyncio.TimerHandle | None = None
        self._going_round = self._again = False

    def __len__(self) -> int:
        """The number of clients."""
        return sum(map(len, self._groups))

    def tell(self, topic: str, key: Any, message: dict[str, Any]) -> None:
        """Push `message` with the next tick; of several with one `key` within a tick only the last goes out."""
        self._pending.setdefault(topic, {})[key] = message
        if self._flushing is None:
            loop = asyncio.get_running_loop()
            wait = max(FIRST, self._flushed_at + TICK - loop.time())
            self._flushing = loop.call_later(wait, self.flush)

    def flush(self) -> None:
        """Make a frame of each topic's pending messages, and begin to serve everybody."""
        if self._flushing is not None:
            self._flushing.cancel()
            self._flushing = None
        self._flushed_at = asyncio.get_running_loop().time()
        pending, self._pending = self._pending, {}
        for topic, messages in pending.items():
            self.frames += 1
            self.ring.append(topic, frame(topic, list(messages.values())))
            if topic in SHOWN:
                self._remember(topic, messages)
        self._serve_all()

    def reset(self) -> None:
        """Tell every client that it may have missed something and must fetch its state anew."""
        self._latest.clear()
        self.ring.append(None, RESET)
        self._serve_all()

    def shown(self, topics: frozenset[str]) -> bytes:
        """The state of what `topics` tell of, as far as it changed since this process began to listen."""
        latest = ((topic, self._latest.get(topic)) for topic in sorted(topics))
        return b"".join(frame(topic, list(messages.values())) for topic, messages in latest if messages)

    def follow(self, client: Client) -> None:
        """Serve `client` from its place on, until `leave`."""
        min(self._groups, key=len).add(client)
        self.serve(client, {})

    def leave(self, client: Client) -> None:
        """Forget `client`."""
        for group in self._groups:
            group.discard(client)

    def close(self) -> None:
        """End every stream; browsers come back to whoever serves next."""
        for group in self._groups:
            for client in list(group):
                client.end()

    async def run(self) -> None:
        """Keep idle connections alive, a group each second. Runs until cancelled."""
        number = 0
        while True:
            await asyncio.sleep(1.0)
            number = (number + 1) % GROUPS
            self.beat(number)

    def beat(self, number: int) -> None:
        """A comment to each client of a group, so that proxies keep it; the end for those that do not read."""
        now = time.monotonic()
        for client in list(self._groups[number]):
            if client.full_since is None:
                client.write(_AWAKE)
            elif now - client.full_since > PATIENCE:
                self._drop(client)

    def serve(self, client: Client, joined: Joined) -> None:
        """Write what `client` lacks, unless it is full; joined once for all that lack the same."""
        if not self.ring.reaches_back_to(client.served):
            self._drop(client)
        elif client.full_since is None and client.served != self.ring.head:
            lacks = (client.served, self.ring.head, client.topics)
            if (data := joined.get(lacks)) is None:
                data = joined[lacks] = self.ring.after(client.served, client.topics)
            client.served = self.ring.head
            if data:
                client.write(data)

    def _serve_all(self) -> None:
        """Go round all groups; once more when there is news before we are through."""
        self._again = self._going_round
        if not self._going_round:
            self._going_round = True
            asyncio.get_running_loop().call_soon(self._serve_group, 0, {})

    def _serve_group(self, number: int, joined: Joined) -> None:
        """Serve one group; the next has its turn when other work had one."""
        for client in list(self._groups[number]):
            self.serve(client, joined)
        if number + 1 < GROUPS:
            asyncio.get_running_loop().call_soon(self._serve_group, number + 1, joined)
            return
        self._going_round = False
        if self._again:
            self._serve_all()

    def _drop(self, client: Client) -> None:
        self.dropped += 1
        client.drop()

    def _remember(self, topic: str, messages: dict[Any, dict[str, Any]]) -> None:
        latest = self._latest.setdefault(topic, OrderedDict())
        for key, message in messages.items():
            latest[key] = message
            latest.move_to_end(key)
        while len(latest) > SHOWN_KEYS:
            latest.popitem(last=False)


def frame(topic: str, messages: list[dict[str, Any]]) -> bytes:
    """One server-sent event, without its id. Of a private topic, ``notices/<owner>``, the owner is not named."""
    return b"event: %s\ndata: %s\n\n" % (topic.partition("/")[0].encode(), _encode(messages))
