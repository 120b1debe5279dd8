"""Peers come and go, politely or not, and nothing of them is left."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time

import aiohttp
import psutil
import pytest

from messaging.contracts.streaming import NodeHeartbeat, Session, SessionChanged, StageClosed, StageOpened
from messaging.contracts.types import Bilingual
from messaging.on_asyncio import Bus
from tests.integration.media.node_process import GUARDED, ROOT, free_port
from tests.integration.media.room import Room
from tests.integration.media.rtp_peers import Camera, Client, in_event_loop, until


async def live(room):
    """A publisher whose media has arrived."""
    publisher = await room.publisher()
    await Camera(publisher).frame(key=True)
    await until(lambda: room.node.events("media.stage_opened.v1", room.session_id), "the stage opens")
    return publisher


@in_event_loop
async def test_delete_ends_a_peer(node, session_id):
    """Viewer, then publisher: the counts go down at once, and a second DELETE finds nothing."""
    async with Room(node, session_id) as room:
        publisher = await live(room)
        viewer = await room.viewer()
        assert (await room.stage())["viewers"] == 1
        assert await room.delete(viewer.location, "watch") == 200
        assert (await room.stage())["viewers"] == 0
        assert await room.delete(viewer.location, "watch") == 404
        await until(lambda: viewer.dtls.state == "closed", "the viewer hears the goodbye")
        assert await room.delete(publisher.location, "publish", exp=int(time.time()) - 600) == 200
        assert await room.stage() is None
        await until(lambda: node.events("media.stage_closed.v1", session_id), "the stage closes")


@in_event_loop
async def test_nobody_ends_the_peer_of_another(node, session_id):
    """Another session, another role, a wrong or foreign name: the peer stays."""
    async with Room(node, session_id) as room, Room(node, session_id + "-other") as other:
        publisher = await live(room)
        location = publisher.location
        moved = location.replace(session_id, other.session_id)
        assert await other.delete(moved, "publish") == 404
        assert await room.delete(location, "watch") == 403
        assert await room.delete(location.replace("/whip/", "/whep/"), "watch") == 404
        assert await room.delete(location.replace(node.name, "media-2"), "publish") == 404
        assert await room.delete(location[:-1] + "-", "publish") == 404
        assert (await room.stage())["live"] is True


@in_event_loop
async def test_goodbye_of_the_publisher_closes_the_stage(node, session_id):
    """A page that is closed ends its stage at once."""
    async with Room(node, session_id) as room:
        publisher = await live(room)
        await publisher.close()
        await until(lambda: node.events("media.stage_closed.v1", session_id), "the stage closes", timeout=2)
        (opened,) = node.events("media.stage_opened.v1", session_id)
        (closed,) = node.events("media.stage_closed.v1", session_id)
        assert closed["seq"] == opened["seq"]


@in_event_loop
async def test_a_publisher_that_vanishes_closes_the_stage(node, session_id):
    """Five seconds without a packet are the end."""
    async with Room(node, session_id) as room:
        publisher = await live(room)
        await publisher.vanish()
        await until(lambda: node.events("media.stage_closed.v1", session_id), "the stage closes", timeout=9)
        assert await room.stage() is None


@in_event_loop
async def test_a_publisher_without_media_opens_nothing(node, session_id):
    """The stage opens with the first packet, not with the connection."""
    async with Room(node, session_id) as room:
        await room.publisher()
        await until(room.stage, "the publisher is on stage")
        assert (await room.stage())["live"] is False
        assert node.events("media.stage_opened.v1", session_id) == []


@in_event_loop
async def test_a_hundred_joins_leave_nothing_behind(start_node, session_id):
    """Goodbyes, DELETEs and vanished peers in turn: no peer, lane, task, thread or file is left."""
    node = start_node()
    process = psutil.Process(node.process.pid)

    async def count(room):
        names = ("peers", "lanes", "addresses", "tasks")
        return [await room.metric(f"subvenue_media_{name}") for name in names]

    async with Room(node, session_id) as room:
        await live(room)
        await room.http.get(node.url + "/livez")
        viewer = await room.viewer()
        await room.delete(viewer.location, "watch")
        await until(lambda: is_settled(room, 1), "the first viewer is gone")
        before, threads, files = await count(room), process.num_threads(), process.num_fds()
        keep_alive = asyncio.create_task(Camera(room.clients[0], number=100).film())
        for i in range(100):
            viewer = await room.viewer()
            await (viewer.close() if i % 2 else room.delete(viewer.location, "watch"))
            await viewer.close()
        await until(lambda: is_settled(room, 1), "all viewers are gone")
        keep_alive.cancel()

        async def as_before():
            return await count(room) == before

        await until(as_before, "no peer, lane or task is left")
        assert (process.num_threads(), process.num_fds()) == (threads, files)


async def is_settled(room, peers):
    return await room.metric("subvenue_media_peers") == peers


@in_event_loop
async def test_an_answer_never_used_is_given_up(start_node, session_id):
    """An offer whose client never comes holds nothing after the deadline."""
    async with Room(start_node(), session_id) as room:
        url = f"{room.node.url}/sessions/{session_id}/whip"
        headers = {
            "Authorization": f"Bearer {room.node.token(session_id, 'publish')}",
            "Content-Type": "application/sdp",
        }
        client = Client("sendonly")
        room.clients.append(client)
        async with room.http.post(url, data=await client.offer(), headers=headers) as response:
            assert response.status == 201
        await until(lambda: is_settled(room, 1), "the peer is counted")
        await until(lambda: is_settled(room, 0), "the peer is given up", timeout=20)
        assert await room.metric("subvenue_media_lanes") == 0


@in_event_loop
async def test_sigterm_ends_in_good_order(start_node, session_id):
    """Within five seconds: stages closed, the last heartbeat sent, peers told, exit code 0."""
    node = start_node()
    async with Room(node, session_id) as room:
        publisher, viewer = await live(room), await room.viewer()
        began = time.monotonic()
        assert await asyncio.to_thread(node.stop) == 0
        assert time.monotonic() - began < 5
        assert node.events("media.stage_closed.v1", session_id)
        assert node.log[-1]["event"] == "media.node_heartbeat.v1"
        for client in (publisher, viewer):
            await until(lambda client=client: client.dtls.state == "closed", "the client hears the goodbye")


@in_event_loop
async def test_media_flows_without_a_broker(start_node, session_id):
    """A broker that is away makes the node unready, and nothing else."""
    node = start_node(SUBVENUE_AMQP_URL=f"amqp://guest:guest@127.0.0.1:{free_port()}/")
    async with Room(node, session_id) as room:
        publisher, viewer = await room.publisher(), await room.viewer()
        await Camera(publisher).frame(key=True)
        await until(lambda: len(viewer.video) == 3, "the frame arrives")
        async with room.http.get(node.url + "/readyz") as response:
            assert response.status == 503
        async with room.http.get(node.url + "/livez") as response:
            assert response.status == 200


@in_event_loop
async def test_the_bus_hears_of_it(start_node, session_id, broker_url):
    """Heartbeats, the opened and the closed stage, over a real broker; and the node hears that a session ended."""
    node, heard = start_node(SUBVENUE_AMQP_URL=broker_url), []

    async def handler(envelope, event):
        heard.append(event)

    def of(kind):
        return [event for event in heard if isinstance(event, kind)]

    async with (
        Bus(broker_url, name="test") as bus,
        bus.listening({NodeHeartbeat: handler, StageOpened: handler, StageClosed: handler}),
        Room(node, session_id) as room,
    ):
        await until(lambda: of(NodeHeartbeat), "a heartbeat comes")
        assert of(NodeHeartbeat)[0].url == node.url
        async with aiohttp.ClientSession() as http, http.get(node.url + "/readyz") as response:
            assert response.status == 200
        publisher = await room.publisher()
        await Camera(publisher).frame(key=True)
        await until(lambda: of(StageOpened), "the stage opens")
        opened = of(StageOpened)[0]
        assert (opened.session_id, opened.node) == (session_id, node.name)
        await until(lambda: of(NodeHeartbeat)[-1].stages == {session_id: opened.epoch}, "a heartbeat names it")
        await bus.publish(SessionChanged(session=an_ended_session(session_id)), aggregate=session_id, seq=2)
        await until(lambda: of(StageClosed), "the stage of a session that has ended closes")
        assert of(StageClosed)[0].epoch == opened.epoch
        await until(lambda: publisher.dtls.state == "closed", "the publisher is told")


def an_ended_session(session_id):
    return Session(
        id=session_id,
        sub_venue_id="sub-venue-1",
        kind="talk",
        title=Bilingual(en="A talk"),
        starts_at="2026-01-01T00:00:00Z",
        ends_at="2026-01-01T01:00:00Z",
        time_zone="UTC",
        status="ended",
        live=False,
        version=2,
    )


@pytest.mark.parametrize("way", ["get_decoder", "get_encoder"])
def test_the_guard_against_decoding_goes_off(way):
    """What these tests rely on: a node that reached for a decoder or encoder would be dead."""
    mined = GUARDED.partition("runpy.run_module")[0] + f"aiortc.codecs.{way}(None)"
    finished = subprocess.run([sys.executable, "-c", mined], cwd=ROOT, capture_output=True, check=False)
    assert finished.returncode == 66
