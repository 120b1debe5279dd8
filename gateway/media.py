"""The HTTP side of the media nodes, as the gateway uses it."""

from __future__ import annotations

from dataclasses import dataclass

import aiohttp

from messaging.contracts.streaming import StageTicket

from .problems import unavailable

TIMEOUT = aiohttp.ClientTimeout(total=8, connect=1)


@dataclass(frozen=True)
class NodeAnswer:
    """What a media node answered, to be passed on. `resource` is the last part of its `Location`."""

    status: int
    media_type: str
    body: bytes
    resource: str


class MediaNodes:
    """Passes offers to media nodes; one HTTP client for all of them."""

    def __init__(self, client: aiohttp.ClientSession) -> None:
        self._client = client

    async def offer(self, ticket: StageTicket, protocol: str, sdp: bytes) -> NodeAnswer:
        """POST an SDP offer by `protocol` ("whip" or "whep") to the node of the ticket."""
        return await self._send("POST", f"{ticket.url}/sessions/{ticket.session_id}/{protocol}", ticket, sdp)

    async def end(self, ticket: StageTicket, protocol: str, secret: str) -> NodeAnswer:
        """DELETE a peer of the node of the ticket."""
        return await self._send(
            "DELETE", f"{ticket.url}/sessions/{ticket.session_id}/{protocol}/{secret}", ticket, b""
        )

    async def _send(self, method: str, url: str, ticket: StageTicket, body: bytes) -> NodeAnswer:
        headers = {"Authorization": f"Bearer {ticket.capability}", "Content-Type": "application/sdp"}
        try:
            async with self._client.request(method, url, data=body, headers=headers, timeout=TIMEOUT) as response:
                return NodeAnswer(
                    status=response.status,
                    media_type=response.content_type,
                    body=await response.read(),
                    resource=response.headers.get("Location", "").rpartition("/")[2],
                )
        except (aiohttp.ClientError, TimeoutError) as error:
            raise unavailable("The media node of this session does not answer. Try again in a moment.") from error
