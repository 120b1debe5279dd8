"""An HLS client for tests: fetches playlists and segments of one session, and lets PyAV play them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import aiohttp
import av

from tests.integration.media.node_process import Node


@dataclass(frozen=True)
class Fetched:
    """One answer."""

    status: int
    body: bytes
    headers: dict[str, str] = field(repr=False)

    @property
    def lines(self) -> list[str]:
        """The lines of a playlist."""
        return self.body.decode().splitlines()

    def after(self, tag: str) -> str:
        """What follows `tag` in its last line."""
        return next(line.removeprefix(tag) for line in reversed(self.lines) if line.startswith(tag))


class Audience:
    """Everybody who watches a session by HLS."""

    def __init__(self, http: aiohttp.ClientSession, node: Node, session_id: str) -> None:
        self._http, self._node, self._session_id = http, node, session_id
        self.root = ""

    async def enter(self) -> Fetched:
        """Shows a capability, and learns the address."""
        headers = {"Authorization": f"Bearer {self._node.token(self._session_id, 'watch')}"}
        url = f"{self._node.url}/sessions/{self._session_id}/hls"
        async with self._http.get(url, headers=headers) as response:
            answer = Fetched(response.status, await response.read(), dict(response.headers))
            if response.status == 200:
                self.root = self._node.url + (await response.json())["path"]
            return answer

    async def get(self, path: str) -> Fetched:
        """What is at this address under the session's."""
        async with self._http.get(self.root + path) as response:
            return Fetched(response.status, await response.read(), dict(response.headers))

    async def played(self, path: str) -> dict[str, int]:
        """How many frames FFmpeg decodes from here to the end, by codec."""
        return await asyncio.to_thread(decoded, self.root + path)


def decoded(url: str) -> dict[str, int]:
    """The frames of the best picture and the best sound, by codec."""
    counts: dict[str, int] = {}
    with av.open(url) as container:
        best = [s for kind in ("video", "audio") if (s := container.streams.best(kind))]
        for frame_list in (packet.decode() for packet in container.demux(best) if packet.dts is not None):
            for frame in frame_list:
                name = "h264" if isinstance(frame, av.VideoFrame) else "sound"
                counts[name] = counts.get(name, 0) + 1
    return counts
