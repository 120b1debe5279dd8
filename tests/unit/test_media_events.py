"""What the node tells the bus, and that a broker's absence is no trouble to it."""

from __future__ import annotations

import asyncio

from messaging.contracts.streaming import NodeHeartbeat, StageClosed, StageOpened
from services.streaming.media import events
from services.streaming.media.events import Announcer


class FakeBus:
    """Keeps what is published; while `away` it refuses or hangs."""

    def __init__(self) -> None:
        self.published = []
        self.away = ""

    async def publish(self, event, *, aggregate, seq):
        if self.away == "refuses":
            raise ConnectionError("no broker")
        if self.away == "hangs":
            await asyncio.sleep(3600)
        self.published.append((event, aggregate, seq))


def a_heartbeat(stopping=False):
    return NodeHeartbeat(node="media-1", url="http://x", stages={"s1": 7}, stopping=stopping)


def run(scenario):
    asyncio.run(asyncio.wait_for(scenario, 10))


async def until(condition):
    while not condition():
        await asyncio.sleep(0.005)


def test_stage_events_go_out_in_order_with_their_epoch(monkeypatch):
    """The session is the aggregate, the epoch its sequence."""

    async def scenario():
        bus = FakeBus()
        announcer = Announcer(bus, a_heartbeat)
        announcer.announce(StageOpened(session_id="s1", node="media-1", epoch=7))
        announcer.announce(StageClosed(session_id="s1", node="media-1", epoch=7))
        task = asyncio.create_task(announcer.run())
        await until(lambda: len(bus.published) >= 2)
        task.cancel()
        stage_events = [p for p in bus.published if not isinstance(p[0], NodeHeartbeat)]
        assert [(type(e).__name__, a, s) for e, a, s in stage_events] == [
            ("StageOpened", "s1", 7),
            ("StageClosed", "s1", 7),
        ]

    run(scenario())


def test_heartbeats_keep_coming(monkeypatch):
    """At once, and then at every interval, with the state of that moment."""
    monkeypatch.setattr(events, "HEARTBEAT", 0.02)

    async def scenario():
        bus = FakeBus()
        task = asyncio.create_task(Announcer(bus, a_heartbeat).run())
        await until(lambda: len(bus.published) >= 3)
        task.cancel()
        assert all(event.stages == {"s1": 7} for event, _, _ in bus.published)

    run(scenario())


def test_a_broker_that_refuses_or_hangs_is_survived(monkeypatch):
    """What cannot be published is let go; when the broker is back, the next heartbeat says it all."""
    monkeypatch.setattr(events, "HEARTBEAT", 0.02)
    monkeypatch.setattr(events, "_PATIENCE", 0.02)

    async def scenario():
        bus = FakeBus()
        announcer = Announcer(bus, a_heartbeat)
        task = asyncio.create_task(announcer.run())
        for bus.away in ("refuses", "hangs"):
            announcer.announce(StageOpened(session_id="s1", node="media-1", epoch=7))
            await asyncio.sleep(0.06)
        assert not task.done()
        bus.published.clear()
        bus.away = ""
        await until(lambda: bus.published)
        task.cancel()
        assert isinstance(bus.published[0][0], NodeHeartbeat)

    run(scenario())


def test_announcing_never_waits_nor_grows():
    """With nobody to publish, the oldest events make room."""

    async def scenario():
        announcer = Announcer(FakeBus(), a_heartbeat)
        for epoch in range(1000):
            announcer.announce(StageOpened(session_id="s1", node="media-1", epoch=epoch))

    run(scenario())


def test_the_last_heartbeat_says_stopping():
    """What is queued goes out first."""

    async def scenario():
        bus = FakeBus()
        announcer = Announcer(bus, a_heartbeat)
        announcer.announce(StageClosed(session_id="s1", node="media-1", epoch=7))
        await announcer.stop()
        assert isinstance(bus.published[0][0], StageClosed)
        assert bus.published[1][0].stopping

    run(scenario())
