"""The HTTP side of the media nodes, as the gateway uses it."""

from __future__ import annotations

from dataclasses import dataclass

import aiohttp

from messaging.contracts.streaming import StageTicket

from .problems import unavailable

#: Headers of a node's answer that are meant for the client (RFC 9725: ICE servers are Link headers).
PASSED_ON = ("ETag", "Link", "Retry-After", "Accept-Post")
TIMEOUT = aiohttp.ClientTimeout(total=8, connect=1)


@dataclass(frozen=True)
class NodeAnswer:
    """What a media node answered, to be passed on. `peer` is the last part of its `Location`."""

    status: int
    media_type: str
    body: bytes
    peer: str
    headers: dict[str, str]


class MediaNodes:
    """Passes offers to media nodes; one HTTP client for all of them."""

    def __init__(self, client: aiohttp.ClientSession) -> None:
        self._client = client

    async def offer(self, ticket: StageTicket, protocol: str, sdp: bytes) -> NodeAnswer:
        """POST an SDP offer by `protocol` ("whip" or "whep") to the node of the ticket."""
        return await self._send("POST", f"{ticket.url}/sessions/{ticket.session_id}/{protocol}", ticket, sdp)

    async def end(self, ticket: StageTicket, protocol: str, peer: str) -> NodeAnswer:
        """DELETE a peer of the node of the ticket; `peer` is the last part of its address."""
        return await self._send(
            "DELETE", f"{ticket.url}/sessions/{ticket.session_id}/{protocol}/{peer}", ticket, b""
        )

    async def _send(self, method: str, url: str, ticket: StageTicket, body: bytes) -> NodeAnswer:
        headers = {"Authorization": f"Bearer {ticket.capability}", "Content-Type": "application/sdp"}
        try:
            async with self._client.request(method, url, data=body, headers=headers, timeout=TIMEOUT) as response:
                return NodeAnswer(
                    status=response.status,
                    media_type=response.content_type,
                    body=await response.read(),
                    peer=response.headers.get("Location", "").rpartition("/")[2],
                    headers={name: response.headers[name] for name in PASSED_ON if name in response.headers},
                )
        except (aiohttp.ClientError, TimeoutError) as error:
            raise unavailable("The media node of this session does not answer. Try again in a moment.") from error
