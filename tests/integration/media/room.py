"""One session on a node, as its clients see it."""

from __future__ import annotations

from typing import Any, Self

import aiohttp

from tests.integration.media.node_process import Node
from tests.integration.media.rtp_peers import Client


class Room:
    """One session on a node, with its clients; all are closed at the end."""

    def __init__(self, node: Node, session_id: str) -> None:
        self.node, self.session_id = node, session_id
        self.clients: list[Client] = []

    async def __aenter__(self) -> Self:
        self.http = aiohttp.ClientSession()
        return self

    async def __aexit__(self, *_: object) -> None:
        for client in self.clients:
            await client.close()
        await self.http.close()

    async def publisher(self, **options: Any) -> Client:
        """A client that is ready to send."""
        return await self._join(Client("sendonly", **options), "whip", "publish")

    async def viewer(self, **options: Any) -> Client:
        """A client that is ready to receive."""
        return await self._join(Client("recvonly", **options), "whep", "watch")

    async def delete(self, location: str, role: str, **claims: Any) -> int:
        """The status of a DELETE on a resource URL, with a capability for this session."""
        headers = {"Authorization": f"Bearer {self.node.token(self.session_id, role, **claims)}"}
        async with self.http.delete(self.node.url + location, headers=headers) as response:
            return response.status

    async def stage(self) -> dict[str, Any] | None:
        """This session in the node's list of stages."""
        async with self.http.get(self.node.url + "/stages") as response:
            stages = (await response.json())["stages"]
        return next((stage for stage in stages if stage["session_id"] == self.session_id), None)

    async def metric(self, name: str) -> float:
        """One figure of the node's metrics, labels included in the name."""
        async with self.http.get(self.node.url + "/metrics") as response:
            lines = (await response.text()).splitlines()
        return float(next(line.rpartition(" ")[2] for line in lines if line.rpartition(" ")[0] == name))

    async def _join(self, client: Client, resource: str, role: str) -> Client:
        self.clients.append(client)
        url = f"{self.node.url}/sessions/{self.session_id}/{resource}"
        await client.join(self.http, url, self.node.token(self.session_id, role))
        return client
