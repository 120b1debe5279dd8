"""RTP through a real node over loopback: what goes in comes out, and nothing is decoded."""

from __future__ import annotations

import aiohttp
import pytest
from aiortc.rtp import RTCP_PSFB_PLI, RtcpPsfbPacket

from tests.integration.media.rtp_peers import Camera, Client, in_event_loop, until


class Room:
    """One session on a node, with its clients; all are closed at the end."""

    def __init__(self, node, session_id):
        self.node, self.session_id = node, session_id
        self.clients = []

    async def __aenter__(self):
        self.http = aiohttp.ClientSession()
        return self

    async def __aexit__(self, *_):
        for client in self.clients:
            await client.close()
        await self.http.close()

    async def publisher(self, **options):
        return await self._join(Client("sendonly", **options), "whip", "publish")

    async def viewer(self, **options):
        return await self._join(Client("recvonly", **options), "whep", "watch")

    async def _join(self, client, resource, role):
        url = f"{self.node.url}/sessions/{self.session_id}/{resource}"
        await client.join(self.http, url, self.node.token(self.session_id, role))
        self.clients.append(client)
        return client

    async def leave(self, client, role):
        headers = {"Authorization": f"Bearer {self.node.token(self.session_id, role)}"}
        async with self.http.delete(self.node.url + client.location, headers=headers) as response:
            return response.status

    async def stage(self):
        async with self.http.get(self.node.url + "/stages") as response:
            stages = (await response.json())["stages"]
        return next((s for s in stages if s["session_id"] == self.session_id), None)


def video_of(viewer):
    return viewer.of(viewer.payload_type("video"))


def pli_count(publisher):
    return sum(isinstance(p, RtcpPsfbPacket) and p.fmt == RTCP_PSFB_PLI for p in publisher.rtcp)


@pytest.mark.parametrize("codec", ["VP8"])
@in_event_loop
async def test_payload_arrives_byte_for_byte(node, session_id, codec):
    """A viewer receives the publisher's payload bytes unchanged, in one gapless numbering of its own."""
    async with Room(node, session_id) as room:
        publisher = await room.publisher(codec=codec)
        camera = Camera(publisher)
        viewer = await room.viewer(codec=codec)
        for i in range(20):
            await camera.frame(key=i == 0)
        await until(lambda: len(video_of(viewer)) == 60, "all packets arrive")
        packets = video_of(viewer)
        assert [p.payload for p in packets] == camera.sent
        start = packets[0].sequence_number
        assert [p.sequence_number for p in packets] == [(start + i) & 0xFFFF for i in range(60)]
        assert {p.ssrc for p in packets} != {camera.ssrc}
        assert sum(p.marker for p in packets) == 20
