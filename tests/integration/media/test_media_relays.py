"""A node in another region pulls a session from its origin, once, and serves it on (two nodes, one machine)."""

from __future__ import annotations

import asyncio

import pytest
from aiortc.rtcrtpparameters import RTCRtpHeaderExtensionParameters, RTCRtpParameters

from tests.integration.media.lossy_path import LossyPath
from tests.integration.media.node_process import Node, free_port
from tests.integration.media.room import Room
from tests.integration.media.rtp_peers import Camera, Client, in_event_loop, until


@pytest.fixture
def nodes(tmp_path):
    """An origin whose address is behind a bad path, and an edge; they share the secret of the capabilities."""
    started = []

    def start(**origin_settings):
        port = free_port()
        for name, settings in (
            ("origin", {"SUBVENUE_MEDIA_UDP_PORTS": str(port), **origin_settings}),
            ("edge", {}),
        ):
            started.append(Node(tmp_path, {"SUBVENUE_MEDIA_NODE": name, **settings}, name=name))
        return (*started, port)

    yield start
    for node in started:
        node.stop()


async def watch_at(edge_room, origin):
    """A viewer whom control sent to the edge."""
    client = Client("recvonly")
    edge_room.clients.append(client)
    claims = {"origin": {"node": origin.name, "url": origin.url}}
    token = edge_room.node.token(edge_room.session_id, "watch", **claims)
    await client.join(edge_room.http, f"{edge_room.node.url}/sessions/{edge_room.session_id}/whep", token)
    return client


@in_event_loop
async def test_pulled_once_and_served_to_many(nodes, session_id):
    """Three viewers at the edge are one at the origin, which counts none; the bus hears of one stage."""
    origin, edge, _ = nodes()
    async with Room(origin, session_id) as room, Room(edge, session_id) as far:
        camera = Camera(await room.publisher())
        await camera.frame(key=True)
        filming = asyncio.create_task(camera.film())
        viewers = await asyncio.gather(*(watch_at(far, origin) for _ in range(3)))
        for viewer in viewers:
            await until(lambda viewer=viewer: len(viewer.video) >= 3, "every viewer plays")
        assert {p.payload for p in viewers[0].video} <= set(camera.sent), "byte for byte the publisher's"
        stage = await far.stage()
        assert (stage["origin"], stage["viewers"]) == ("origin", 3)
        assert (await room.stage())["viewers"] == 0
        await until(lambda: has_peers(room, 2), "the origin has its publisher, and the other node")
        assert edge.events("media.stage_opened.v1") == []
        filming.cancel()


@in_event_loop
async def test_the_origin_s_next_publisher_reaches_the_edge(nodes, session_id):
    """The viewers at the edge stay connected while the publisher leaves, and another comes."""
    origin, edge, _ = nodes()
    async with Room(origin, session_id) as room, Room(edge, session_id) as far:
        first = await room.publisher()
        await Camera(first).frame(key=True)
        viewer = await watch_at(far, origin)
        await until(lambda: viewer.video or viewer.packets, "the viewer plays")
        await first.close()
        before = len(viewer.packets)
        camera = Camera(await room.publisher(), ssrc=99, number=5)
        filming = asyncio.create_task(film_keys(camera))
        await until(lambda: len(viewer.packets) > before + 3, "the viewer plays on, by the same connection")
        assert viewer.dtls.state == "connected"
        filming.cancel()


async def has_peers(room, count):
    return await room.metric("subvenue_media_peers") == count


async def film_keys(camera):
    while True:
        await camera.frame(key=True)
        await asyncio.sleep(0.1)


@in_event_loop
async def test_an_origin_that_is_killed_shows_the_edge_s_viewers_out(nodes, session_id):
    """They must ask where the session is now, and are told so at once."""
    origin, edge, _ = nodes()
    async with Room(origin, session_id) as room, Room(edge, session_id) as far:
        await Camera(await room.publisher()).frame(key=True)
        viewer = await watch_at(far, origin)
        origin.process.kill()
        await until(lambda: viewer.dtls.state == "closed", "the viewer is shown out", timeout=8)
        assert await far.stage() is None


@in_event_loop
async def test_an_edge_that_nobody_watches_lets_go(nodes, session_id):
    """Some seconds after its last viewer the origin is rid of it."""
    origin, edge, _ = nodes()
    async with Room(origin, session_id) as room, Room(edge, session_id) as far:
        camera = Camera(await room.publisher())
        await camera.frame(key=True)
        filming = asyncio.create_task(camera.film())
        viewer = await watch_at(far, origin)
        await far.delete(viewer.location, "watch", origin={"node": origin.name, "url": origin.url})
        await until(lambda: has_peers(room, 1), "the origin has only its publisher", timeout=20)
        filming.cancel()


@in_event_loop
async def test_nothing_to_pull(nodes, session_id):
    """An origin without a publisher, and one that is not there: 409 at once, and nothing is left."""
    origin, edge, _ = nodes()
    async with Room(edge, session_id) as far:
        for claims in (
            {"node": "origin", "url": origin.url},
            {"node": "x", "url": f"http://127.0.0.1:{free_port()}"},
        ):
            token = edge.token(session_id, "watch", origin=claims)
            client = Client("recvonly")
            far.clients.append(client)
            headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/sdp"}
            url = f"{edge.url}/sessions/{session_id}/whep"
            async with far.http.post(url, data=await client.offer(), headers=headers) as response:
                assert response.status == 409
        assert await far.stage() is None


class SimulcastClient(Client):
    """A publisher that offers two layers by RID (RFC 8853)."""

    async def offer(self):
        layers = "a=extmap:12 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\r\na=rid:l send\r\na=rid:h send\r\n"
        return await super().offer() + layers + "a=simulcast:send l;h\r\n"  # the video section is the last


@in_event_loop
async def test_all_simulcast_layers_are_pulled(nodes, session_id):
    """The edge has every layer, so that its viewers choose there; each viewer is shown one."""
    origin, edge, _ = nodes()
    async with Room(origin, session_id) as room, Room(edge, session_id) as far:
        client = SimulcastClient("sendonly")
        room.clients.append(client)
        url = f"{origin.url}/sessions/{session_id}/whip"
        await client.join(room.http, url, origin.token(session_id, "publish"))
        rid = RTCRtpHeaderExtensionParameters(id=12, uri="urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id")
        client.dtls._rtp_header_extensions_map.configure(RTCRtpParameters(headerExtensions=[rid]))
        low, high = (Camera(client, ssrc=ssrc, number=100, rid=name) for ssrc, name in ((5, "l"), (6, "h")))
        filming = [asyncio.create_task(film_keys(camera)) for camera in (low, high)]
        await until(lambda: len(high.sent) > 3, "both layers come in")
        viewer = await watch_at(far, origin)
        await until(lambda: len(viewer.video) > 30, "the viewer plays")

        def one_layer():
            return len({p.payload[-1:] for p in viewer.video[-30:]}) == 1  # its choice may take a while

        await until(one_layer, "it is shown one layer")

        async def layers():
            header = {"Authorization": f"Bearer {edge.token('', 'operate')}"}
            async with far.http.get(edge.url + "/stages", headers=header) as response:
                (stage,) = (await response.json())["stages"]
            return set(stage["layers"]) == {"l", "h"}

        await until(layers, "the edge has both")
        for task in filming:
            task.cancel()


@in_event_loop
async def test_a_long_and_lossy_path_between_the_nodes(nodes, session_id):
    """80 ms and 5 % loss each way between the nodes: what is lost there is asked for again, and all arrives."""
    origin, edge, port = nodes(SUBVENUE_MEDIA_ANNOUNCE="127.0.0.2")
    async with (
        LossyPath(("127.0.0.2", port), ("127.0.0.1", port), delay=0.08, loss=0.05) as path,
        Room(origin, session_id) as room,
        Room(edge, session_id) as far,
    ):
        camera = Camera(await room.publisher(), number=100)
        await camera.frame(key=True)
        path.spare_those_who_are_here()  # the publisher is near
        filming = asyncio.create_task(film_keys(camera))
        viewer = await watch_at(far, origin)
        await until(lambda: len({p.payload for p in viewer.video}) > 70, "the viewer plays", timeout=30)
        filming.cancel()
        got = {p.payload for p in viewer.video}
        first = next(i for i, payload in enumerate(camera.sent) if payload in got)
        settled = camera.sent[first : first + 50]
        assert path.lost > 2
        assert [payload for payload in settled if payload not in got] == []
