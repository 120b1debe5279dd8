"""Frames are made once a tick, clients go on where they were, and slow ones are dropped."""

from __future__ import annotations

import asyncio
import json

import pytest

from gateway.push import live as live_module
from gateway.push import ring
from gateway.push.live import GROUPS, Live


class Reader:
    """A client: what it got, whether it was dropped or ended, and whether it reads at all."""

    def __init__(self, live: Live, *topics: str, after: str | None = None) -> None:
        self.live = live
        self.data = b""
        self.dropped = self.ended = False
        self.full_since: float | None = None
        self.topics = frozenset(topics)
        place = live.ring.place_of(after)
        assert place is not None
        self.served = place
        live.follow(self)

    def write(self, data: bytes) -> None:
        assert self.full_since is None, "written to although it is full"
        self.data += data

    def drop(self) -> None:
        self.dropped = True
        self.live.leave(self)

    def end(self) -> None:
        self.ended = True

    def pause(self) -> None:
        """The buffer is full."""
        self.full_since = 0.0

    def read(self) -> None:
        """The buffer is empty again."""
        self.full_since = None
        self.live.serve(self, {})

    @property
    def events(self) -> list[dict[str, str]]:
        """The events got, as their lines."""
        blocks = self.data.decode().strip().split("\n\n")
        return [dict(line.split(": ", 1) for line in block.split("\n")) for block in blocks if block]


async def settle() -> None:
    """Let the round that has been started come to its end."""
    for _ in range(2 * GROUPS + 2):
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


def test_news_goes_out_by_itself():
    """News goes out a tick later without anybody's doing."""

    async def scenario():
        live = Live()
        reader = Reader(live, "sessions")
        live.tell("sessions", "s1", {})
        async with asyncio.timeout(5):
            while not reader.data:
                await asyncio.sleep(0.01)

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
        slow.pause()
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
        reader.pause()
        for n in range(5):
            live.tell("a", n, {"n": n})
            live.flush()
            await settle()
        reader.read()
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


def beat_all(live: Live) -> None:
    """A beat of each group."""
    for number in range(GROUPS):
        live.beat(number)


def test_idle_client_is_kept_awake():
    """A comment goes to everybody in turn, so that no proxy takes a quiet connection for dead."""

    async def scenario():
        live = Live()
        readers = [Reader(live, "a") for _ in range(GROUPS + 1)]
        beat_all(live)
        return [reader.data for reader in readers]

    assert all(data.startswith(b": ") for data in asyncio.run(scenario()))


def test_client_that_does_not_read_is_dropped_in_time(monkeypatch):
    """A client that has been full for longer than our patience is dropped at its beat."""
    monkeypatch.setattr(live_module, "PATIENCE", -1.0)

    async def scenario():
        live = Live()
        reader = Reader(live, "a")
        reader.pause()
        beat_all(live)
        return reader.dropped, len(live)

    assert asyncio.run(scenario()) == (True, 0)


def test_who_lost_its_place_is_shown_what_is(monkeypatch):
    """The snapshot has the latest message of each key, of shown topics only, and is bounded."""
    monkeypatch.setattr(live_module, "SHOWN_KEYS", 2)

    async def scenario():
        live = Live()
        for n, key in enumerate(["s1", "s2", "s1", "s3"]):
            live.tell("sessions", key, {"key": key, "n": n})
            live.tell("vacancies", key, {})
            live.flush()
        return live.shown(frozenset({"sessions", "vacancies"})), live.shown(frozenset({"vacancies"}))

    shown, nothing = asyncio.run(scenario())
    assert shown == b'event: sessions\ndata: [{"key":"s1","n":2},{"key":"s3","n":3}]\n\n'
    assert nothing == b""


def test_news_during_a_round_reaches_everybody():
    """Frames that are made while others are handed out are not forgotten."""

    async def scenario():
        live = Live()
        readers = [Reader(live, "a") for _ in range(3 * GROUPS)]
        for n in range(4):
            live.tell("a", n, {})
            live.flush()
            await asyncio.sleep(0)
        await settle()
        await settle()
        return {len(reader.events) for reader in readers}

    assert asyncio.run(scenario()) == {4}


def test_close_ends_every_stream():
    """At the end of the process every client is let go."""

    async def scenario():
        live = Live()
        readers = Reader(live, "a"), Reader(live, "b")
        live.close()
        return [reader.ended for reader in readers]

    assert asyncio.run(scenario()) == [True, True]
