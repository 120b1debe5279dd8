"""Presenters and viewers who come through the gateway, and come back by themselves when they are shown out."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import Any, Self

import aiohttp

from tests.integration.media.rtp_peers import Camera, Client


class Person:
    """One client of a session's stage that offers again whenever its node is gone, is drained, or shows it out.

    That is what a page does: it listens to the events of its peer, which end when the node does.
    """

    protocol, direction = "whep", "recvonly"

    def __init__(self, gateway: str, session_id: str, token: str) -> None:
        self.endpoint = f"{gateway}/api/v1/sessions/{session_id}/{self.protocol}"
        self.gateway, self._token = gateway, token
        self.connections: list[Client] = []
        self.answers: list[int] = []

    async def __aenter__(self) -> Self:
        self._http = aiohttp.ClientSession(headers={"Authorization": f"Bearer {self._token}"})
        self._task = asyncio.create_task(self._live())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        for client in self.connections:
            await client.close()
        await self._http.close()

    @property
    def node(self) -> str:
        """The node of the present connection."""
        return self.connections[-1].location.rpartition("/")[2].partition(".")[0] if self.connections else ""

    async def perform(self, client: Client) -> None:
        """What is done while it is connected."""
        await asyncio.Event().wait()

    async def _live(self) -> None:
        while True:
            client = Client(self.direction, codec="VP8")
            status = await self._offer(client)
            self.answers.append(status)
            if status == 201:
                self.connections.append(client)
                await self._stay(client)
            else:
                await client.close()
                await asyncio.sleep(0.5)

    async def _offer(self, client: Client) -> int:
        try:
            await client.join(self._http, self.endpoint, self._token)
        except AssertionError:
            return 0  # refused, or no connection in time: the next offer tells
        return 201

    async def _stay(self, client: Client) -> None:
        """Until the events end, say so, or the connection is closed."""
        performing = asyncio.create_task(self.perform(client))
        try:
            await asyncio.wait(
                [asyncio.create_task(self._told_to_go(client)), asyncio.create_task(closed(client))],
                return_when="FIRST_COMPLETED",
            )
        finally:
            performing.cancel()

    async def _told_to_go(self, client: Client) -> None:
        timeout = aiohttp.ClientTimeout(total=None)
        with suppress(aiohttp.ClientError):
            async with self._http.get(self.gateway + client.location + "/events", timeout=timeout) as response:
                async for line in response.content:
                    if line.strip() == b"event: move":
                        return


class Presenter(Person):
    """Publishes; every frame is a key frame."""

    protocol, direction = "whip", "sendonly"

    async def perform(self, client: Client) -> None:
        """Films, with another stream number for each connection."""
        camera = Camera(client, ssrc=int(time.time() * 1000) & 0xFFFFFF)
        while True:
            await camera.frame(key=True)
            await asyncio.sleep(0.1)


class Viewer(Person):
    """Watches."""

    @property
    def packets(self) -> int:
        """How many have come by the present connection."""
        return len(self.connections[-1].packets) if self.connections else 0

    @property
    def plays(self) -> bool:
        """Whether media has come by the present connection."""
        return self.packets > 0


async def closed(client: Client) -> None:
    """Returns when a connection is over."""
    while client.dtls.state not in ("closed", "failed"):
        await asyncio.sleep(0.02)


async def api(gateway: str, headers: dict[str, str], method: str, path: str, **options: Any) -> Any:
    """The answer of the API, which must be a success."""
    async with (
        aiohttp.ClientSession(headers=headers) as http,
        http.request(method, f"{gateway}/api/v1{path}", **options) as response,
    ):
        assert response.status < 300, await response.text()
        return await response.json()
