"""aiortc's own way to many viewers: `MediaRelay`, which decodes once and encodes for each. By WHIP and WHEP.

`python -m loadtests.benchmarks.media.relay PORT`
"""

from __future__ import annotations

import sys

import aioice.ice
from aiohttp import web
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.contrib.media import MediaRelay

from .client import address

aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: [address()]


class Room:
    """One publisher and its viewers."""

    def __init__(self) -> None:
        self._relay, self._tracks = MediaRelay(), {}
        self._connections: list[RTCPeerConnection] = []

    async def publish(self, request: web.Request) -> web.Response:
        """Takes the publisher's tracks."""
        connection = self._connection()
        connection.on("track", lambda track: self._tracks.update({track.kind: track}))
        return await self._answer(request, connection)

    async def watch(self, request: web.Request) -> web.Response:
        """Gives them to a viewer."""
        connection = self._connection()
        for track in self._tracks.values():
            connection.addTrack(self._relay.subscribe(track))
        return await self._answer(request, connection)

    def _connection(self) -> RTCPeerConnection:
        connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._connections.append(connection)
        return connection

    async def _answer(self, request: web.Request, connection: RTCPeerConnection) -> web.Response:
        await connection.setRemoteDescription(RTCSessionDescription(await request.text(), "offer"))
        await connection.setLocalDescription(await connection.createAnswer())
        text, headers = connection.localDescription.sdp, {"Location": "/peer"}
        return web.Response(status=201, text=text, content_type="application/sdp", headers=headers)


def main(port: int) -> None:
    """Serves until it is ended."""
    room, app = Room(), web.Application()
    app.router.add_post("/sessions/{id}/whip", room.publish)
    app.router.add_post("/sessions/{id}/whep", room.watch)
    web.run_app(app, host=address(), port=port, print=None)


if __name__ == "__main__":
    main(int(sys.argv[1]))
