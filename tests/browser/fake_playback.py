"""HLS for the page's tests: either there is none, or a real media node behind the fake gateway serves it."""

from __future__ import annotations

import aiohttp
from aiohttp import web

from tests.integration.media.node_process import Node

from .fake_answers import Refusal


class FakePlayback:
    """What the gateway would do: lead to the session's files, and pass them on from `node`."""

    def __init__(self) -> None:
        self.node: Node | None = None
        self.is_deaf = False  # whether WHEP answers, and no media ever comes

    def routes(self, api: str) -> list[web.RouteDef]:
        """The addresses of the gateway."""
        return [
            web.get(f"{api}/sessions/{{id}}/hls", self._playable),
            web.get("/hls/{path:.*}", self._file),
        ]

    async def _playable(self, request: web.Request) -> web.Response:
        if self.node is None:
            raise Refusal(409, "stage-empty", "Nobody publishes in the session yet.")
        session_id = request.match_info["id"]
        headers = {"Authorization": f"Bearer {self.node.token(session_id, 'watch')}"}
        url = f"{self.node.url}/sessions/{session_id}/hls"
        async with aiohttp.ClientSession() as http, http.get(url, headers=headers) as response:
            told = await response.json()
            if response.status != 200:
                raise Refusal(response.status, "stage-empty", told["detail"])
        path = told.pop("path")
        names = {"playlist": "main.m3u8", "replay": "replay.m3u8", "download": "session.mp4", "news": "cues.json"}
        return web.json_response(told | {name: path + file for name, file in names.items()})

    async def _file(self, request: web.Request) -> web.Response:
        assert self.node is not None
        async with aiohttp.ClientSession() as http, http.get(self.node.url + request.path_qs) as response:
            kept = {name: response.headers[name] for name in ("Content-Type", "Cache-Control")}
            return web.Response(status=response.status, body=await response.read(), headers=kept)
