"""Through the gateway, as attendees go: WHIP to publish, WHEP to watch; a `Signalling` of the benchmarks."""

from __future__ import annotations

from urllib.parse import urljoin

import aiohttp

from loadtests.benchmarks.media.client import Client


class Way:
    """The way into one session."""

    def __init__(self, url: str, session_id: str, token: str) -> None:
        self._session = f"{url}/api/v1/sessions/{session_id}"
        self._token = token
        self._http = aiohttp.ClientSession()

    async def publish(self, client: Client) -> None:
        """By WHIP, as an operator."""
        await self._join(client, "whip", self._token)

    async def watch(self, client: Client) -> str:
        """By WHEP, as anyone; the address of the resource."""
        return await self._join(client, "whep", "")

    async def leave(self, resource: str) -> None:
        """Stop watching."""
        async with self._http.delete(resource):
            pass

    async def close(self) -> None:
        """Give up the connections."""
        await self._http.close()

    async def _join(self, client: Client, protocol: str, token: str) -> str:
        headers = {"Content-Type": "application/sdp"} | ({"Authorization": f"Bearer {token}"} if token else {})
        address = f"{self._session}/{protocol}"
        async with self._http.post(address, data=await client.offer(), headers=headers) as answer:
            answer.raise_for_status()
            resource = urljoin(address, answer.headers["Location"])
            await client.accept(await answer.text())
        await client.connected()
        return resource
