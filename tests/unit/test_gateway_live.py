"""Frames are made once a tick, clients go on where they were, and slow ones are dropped."""

from __future__ import annotations

import asyncio
import json

import pytest

from gateway import live as live_module
from gateway import ring
from gateway.live import Client, Live


class Reader:
    """The other end of a client: what it got, whether it was dropped, and whether it reads at all."""

    def __init__(self, live: Live, *topics: str, after: str | None = None) -> None:
        self.data = b""
        self.dropped = False
        self.reads = asyncio.Event()
        self.reads.set()
        place = live.ring.place_of(after)
        assert place is not None
        self.client = Client(frozenset(topics), place, self.write, self.drop)
        live.follow(self.client)

    async def write(self, data: bytes) -> None:
        await self.reads.wait()
        self.data += data

    def drop(self) -> None:
        self.dropped = True

    @property
    def events(self) -> list[dict[str, str]]:
        """The events got, as their lines."""
        blocks = self.data.decode().strip().split("\n\n")
        return [dict(line.split(": ", 1) for line in block.split("\n")) for block in blocks if block]


async def settle() -> None:
    """Let the writes that have been started come to their end."""
    for _ in range(5):
        await asyncio.sleep(0)


def test_messages_of_a_tick_are_one_frame():
    """Messages join, the last of one key wins, and only wanted topics arrive."""

    async def scenario():
        live = Live()
        reader = Reader(live, "sessions")
        live.tell("sessions", "s1", {"n": 1})
        live.tell("sessions", "s2", {"n": 2})
        live.tell("sessions", "s1", {"n": 3})
        live.tell("vacancies", "v1", {"n": 4})
        live.flush()
        await settle()
        return reader.events

    (event,) = asyncio.run(scenario())
    assert event["event"] == "sessions"
    assert json.loads(event["data"]) == [{"n": 3}, {"n": 2}]


def test_run_flushes_by_itself():
    """News goes out a tick later without anybody's doing."""

    async def scenario():
        live = Live()
        reader = Reader(live, "sessions")
        running = asyncio.create_task(live.run())
        live.tell("sessions", "s1", {})
        async with asyncio.timeout(5):
            while not reader.data:
                await asyncio.sleep(0.01)
        running.cancel()

    asyncio.run(scenario())


def test_returning_client_gets_what_it_missed():
    """After Last-Event-ID come exactly the later frames of its topics."""

    async def scenario():
        live = Live()
        reader = Reader(live, "a")
        for n in range(3):
            live.tell("a", n, {"n": n})
            live.tell("b", n, {})
            live.flush()
            await settle()
        again = Reader(live, "a", after=reader.events[0]["id"])
        await settle()
        return again.events

    assert [json.loads(event["data"]) for event in asyncio.run(scenario())] == [[{"n": 1}], [{"n": 2}]]


@pytest.mark.parametrize("last", ["other-1", "x", "-", "1", "{epoch}-9", "{epoch}-0", "{epoch}--1", "{epoch}-²"])
def test_id_that_says_nothing_has_no_place(monkeypatch, last):
    """Ids of another process, from the future, or older than the ring: the client must start anew."""
    monkeypatch.setattr(ring, "KEPT_FRAMES", 2)

    async def scenario():
        live = Live()
        for n in range(4):
            live.tell("a", n, {})
            live.flush()
        return live.ring.place_of(last.replace("{epoch}", live.ring._epoch)), live.ring.place_of(None)

    assert asyncio.run(scenario()) == (None, 4)


def test_reader_that_falls_behind_is_dropped(monkeypatch):
    """A client that does not read is dropped when the ring has moved on, and nobody waits for it."""
    monkeypatch.setattr(ring, "KEPT_FRAMES", 3)

    async def scenario():
        live = Live()
        slow, quick = Reader(live, "a"), Reader(live, "a")
        slow.reads.clear()
        for n in range(6):
            live.tell("a", n, {"n": n})
            live.flush()
            await settle()
        return slow, quick

    slow, quick = asyncio.run(scenario())
    assert slow.dropped
    assert not quick.dropped
    assert len(quick.events) == 6


def test_reader_that_pauses_gets_everything():
    """A client that was slow for a moment gets all of it, in order, once."""

    async def scenario():
        live = Live()
        reader = Reader(live, "a")
        reader.reads.clear()
        for n in range(5):
            live.tell("a", n, {"n": n})
            live.flush()
            await settle()
        reader.reads.set()
        await settle()
        return reader

    reader = asyncio.run(scenario())
    assert [json.loads(event["data"])[0]["n"] for event in reader.events] == [0, 1, 2, 3, 4]
    assert not reader.dropped


def test_ring_is_bounded_in_bytes(monkeypatch):
    """Large frames push old ones out before there are many."""
    monkeypatch.setattr(ring, "KEPT_BYTES", 10_000)

    async def scenario():
        live = Live()
        for n in range(100):
            live.tell("a", n, {"text": "x" * 1_000})
            live.flush()
        return sum(len(frame.data) for frame in live.ring._frames)

    assert asyncio.run(scenario()) <= 10_000


def test_reset_reaches_every_topic():
    """After a gap in what the gateway heard, everybody is told to start anew."""

    async def scenario():
        live = Live()
        readers = Reader(live, "a"), Reader(live, "b")
        live.reset()
        await settle()
        return [reader.events[0]["event"] for reader in readers]

    assert asyncio.run(scenario()) == ["reset", "reset"]


def test_idle_client_is_kept_awake():
    """A comment goes to who has had no news, so that no proxy takes the connection for dead."""

    async def scenario():
        live = Live()
        reader = Reader(live, "a")
        live.beat()
        await settle()
        return reader.data

    assert asyncio.run(scenario()).startswith(b": ")


def test_client_that_does_not_read_is_dropped_in_time(monkeypatch):
    """A write that takes longer than our patience ends the client at the next beat."""
    monkeypatch.setattr(live_module, "PATIENCE", -1.0)

    async def scenario():
        live = Live()
        reader = Reader(live, "a")
        reader.reads.clear()
        live.beat()
        await settle()
        live.beat()
        return reader.dropped

    assert asyncio.run(scenario())


def test_close_ends_every_stream():
    """At the end of the process every client is let go."""

    async def scenario():
        live = Live()
        readers = Reader(live, "a"), Reader(live, "b")
        live.close()
        return [reader.dropped for reader in readers]

    assert asyncio.run(scenario()) == [True, True]


def test_broken_connection_is_dropped():
    """A write that fails ends the client, and the others go on."""

    async def scenario():
        live = Live()
        broken, whole = Reader(live, "a"), Reader(live, "a")

        async def fail(data: bytes) -> None:
            raise OSError

        broken.client.write = fail
        live.tell("a", 1, {})
        live.flush()
        await settle()
        return broken.dropped, len(whole.events)

    assert asyncio.run(scenario()) == (True, 1)
