"""How clients reach each of the servers: WHIP and WHEP, or Janus' own API."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from typing import Any, Protocol

import aiohttp
import jwt

from .client import Client

SESSION = "benchmark"
ROOM = 1234


class Signalling(Protocol):
    """The way into one server."""

    async def publish(self, client: Client) -> None:
        """Connects a client that sends."""

    async def watch(self, client: Client) -> str:
        """Connects a client that receives; what to leave by."""

    async def leave(self, resource: str) -> None:
        """Ends a viewer."""

    async def close(self) -> None:
        """Gives the connection to the server back."""


def signalling(kind: str, url: str, secret: str = "") -> Signalling:
    """The way into the server of this kind at `url`."""
    return Janus(url) if kind == "janus" else Whip(url, secret)


class Whip:
    """Our media node, and the relay of this folder: one offer, one answer."""

    def __init__(self, url: str, secret: str) -> None:
        self._url, self._secret = url, secret
        self._http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))

    async def publish(self, client: Client) -> None:
        """By WHIP."""
        await self._join(client, "whip", "publish")

    async def watch(self, client: Client) -> str:
        """By WHEP."""
        return await self._join(client, "whep", "watch")

    async def leave(self, resource: str) -> None:
        """DELETE, as both protocols have it."""
        async with self._http.delete(self._url + resource, headers=self._headers("watch")) as response:
            assert response.status == 200, await response.text()

    async def close(self) -> None:
        """Closes the HTTP client."""
        await self._http.close()

    async def _join(self, client: Client, resource: str, role: str) -> str:
        url, offer = f"{self._url}/sessions/{SESSION}/{resource}", await client.offer()
        headers = self._headers(role) | {"Content-Type": "application/sdp"}
        async with self._http.post(url, data=offer, headers=headers) as response:
            answer = await response.text()
            assert response.status == 201, answer
            location = response.headers["Location"]
        await client.accept(answer)
        await client.connected()
        return location

    def _headers(self, role: str) -> dict[str, str]:
        claims = {
            "sub": "benchmark",
            "sid": SESSION,
            "role": role,
            "node": "media-1",
            "iss": "subvenue-streaming",
            "aud": "subvenue-media",
            "exp": int(time.time()) + 300,
        }
        return {"Authorization": f"Bearer {jwt.encode(claims, self._secret, algorithm='HS256')}"}


class Janus:
    """The VideoRoom plugin over one WebSocket: one session, a handle for each client."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._numbers = itertools.count()
        self._waiting: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._events: dict[int, asyncio.Queue[dict[str, Any]]] = {}
        self._session = 0
        self._opening = asyncio.Lock()

    async def publish(self, client: Client) -> None:
        """Joins the room and configures what is sent."""
        handle = await self._attach()
        await self._message(handle, {"request": "join", "ptype": "publisher", "room": ROOM, "id": 1})
        body = {"request": "configure", "audio": True, "video": True}
        event = await self._message(handle, body, {"type": "offer", "sdp": await client.offer()})
        await client.accept(event["jsep"]["sdp"])
        await client.connected()

    async def watch(self, client: Client) -> str:
        """Joins as a subscriber: the server offers."""
        handle = await self._attach()
        body = {"request": "join", "ptype": "subscriber", "room": ROOM, "streams": [{"feed": 1}]}
        event = await self._message(handle, body)
        answer = await client.answer(event["jsep"]["sdp"])
        await self._message(handle, {"request": "start"}, {"type": "answer", "sdp": answer})
        await client.connected()
        return str(handle)

    async def leave(self, resource: str) -> None:
        """Detaches the handle."""
        await self._ask({"janus": "detach", "handle_id": int(resource)})

    async def close(self) -> None:
        """Ends the session and the WebSocket."""
        for task in (self._reader, self._keeper):
            task.cancel()
        await self._socket.close()
        await self._http.close()

    async def _attach(self) -> int:
        async with self._opening:
            if not self._session:
                await self._open()
        answer = await self._ask({"janus": "attach", "plugin": "janus.plugin.videoroom"})
        handle = answer["data"]["id"]
        self._events[handle] = asyncio.Queue()
        return handle

    async def _open(self) -> None:
        self._http = aiohttp.ClientSession()
        self._socket = await self._http.ws_connect(self._url, protocols=["janus-protocol"])
        self._reader = asyncio.create_task(self._read())
        self._session = (await self._ask({"janus": "create"}))["data"]["id"]
        self._keeper = asyncio.create_task(self._keep_alive())

    async def _message(
        self, handle: int, body: dict[str, Any], jsep: dict[str, str] | None = None
    ) -> dict[str, Any]:
        """Sends to the plugin, and waits for its event about it."""
        request = {"janus": "message", "handle_id": handle, "body": body} | ({"jsep": jsep} if jsep else {})
        await self._ask(request)
        while True:
            event = await asyncio.wait_for(self._events[handle].get(), 60)
            data = event["plugindata"]["data"]
            assert "error" not in data, data
            if data.get("configured") or data.get("started") or data["videoroom"] in ("joined", "attached"):
                return event

    async def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        transaction = str(next(self._numbers))
        answer = self._waiting[transaction] = asyncio.get_running_loop().create_future()
        session = {"session_id": self._session} if self._session else {}
        await self._socket.send_str(json.dumps({**request, **session, "transaction": transaction}))
        try:
            return await asyncio.wait_for(answer, 60)
        finally:
            del self._waiting[transaction]

    async def _read(self) -> None:
        async for message in self._socket:
            data = json.loads(message.data)
            waiting = self._waiting.get(data.get("transaction", ""))
            if data["janus"] in ("success", "ack", "error") and waiting is not None and not waiting.done():
                waiting.set_result(data)
            elif data["janus"] == "event" and data["sender"] in self._events:
                self._events[data["sender"]].put_nowait(data)

    async def _keep_alive(self) -> None:
        while True:
            await asyncio.sleep(20)
            await self._ask({"janus": "keepalive"})
