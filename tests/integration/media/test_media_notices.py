"""What clients are told beside their media: the slate, the count of viewers, and the end."""

from __future__ import annotations

import asyncio
import json

from tests.integration.media.room import Room
from tests.integration.media.rtp_peers import Camera, in_event_loop, until


class Listener:
    """Reads one event stream; `heard` is everything so far, as (event, data)."""

    def __init__(self, room, location):
        self.heard, self.over = [], False
        self._task = asyncio.create_task(self._read(room.http, room.node.url + location + "/events"))

    async def _read(self, http, url):
        event = ""
        try:
            async with http.get(url, timeout=None) as response:
                assert response.status == 200
                assert response.content_type == "text/event-stream"
                async for line in response.content:
                    name, _, value = line.decode().strip().partition(": ")
                    if name == "event":
                        event = value
                    elif name == "data":
                        self.heard.append((event, json.loads(value)))
        finally:
            self.over = True

    def last(self, *events):
        """The latest of these events."""
        return next((event for event, _ in reversed(self.heard) if event in events), None)


@in_event_loop
async def test_the_slate_comes_and_goes_without_a_new_offer(node, session_id):
    """A viewer hears that the stage is empty and that it is not any more, and plays on by the same connection."""
    async with Room(node, session_id) as room:
        first = await room.publisher()
        await Camera(first).frame(key=True)
        viewer = await room.viewer()
        listener = Listener(room, viewer.location)
        await until(lambda: listener.last("active", "inactive") == "active", "the viewer hears of the stage")
        await until(lambda: ("viewercount", {"viewercount": 1}) in listener.heard, "and of itself")
        await first.close()
        await until(lambda: listener.last("active", "inactive") == "inactive", "the slate is on")
        await Camera(await room.publisher(), ssrc=7, number=9).frame(key=True)
        await until(lambda: listener.last("active", "inactive") == "active", "the slate is off")
        await until(lambda: len(viewer.video) == 6, "the viewer plays on, without a new offer")
        assert viewer.dtls.state == "connected"
        await room.delete(viewer.location, "watch")
        await until(lambda: listener.over, "the stream of events ends with the peer")


@in_event_loop
async def test_where_news_come_from(node, session_id):
    """The address is in a Link header, as WHEP's extension has it; unknown peers have none; listeners are few."""
    async with Room(node, session_id) as room:
        publisher = await room.publisher()
        address = node.url + publisher.location + "/events"
        assert f"<{publisher.location}/events>" in publisher.links[0]
        assert 'rel="urn:ietf:params:whep:ext:core:server-sent-events"' in publisher.links[0]
        async with room.http.post(address, json=["active", "inactive"]) as response:
            assert (response.status, response.headers["Location"]) == (201, publisher.location + "/events")
        for unknown in (address.replace(node.name, "media-9"), address[:-9] + "/events"):
            async with room.http.get(unknown) as response:
                assert response.status == 404
        listeners = [Listener(room, publisher.location) for _ in range(4)]
        await until(lambda: all(listener.heard for listener in listeners), "four listen")
        async with room.http.get(address) as response:
            assert response.status == 429
