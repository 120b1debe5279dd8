"""The HTTP side of the media nodes, as the gateway uses it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from messaging.contracts.streaming import NodeTicket, StageTicket

#: Headers of a node's answer that are meant for the client (RFC 9725: ICE servers are Link headers).
PASSED_ON = ("ETag", "Link", "Retry-After", "Accept-Post", "Accept-Patch")
TIMEOUT = aiohttp.ClientTimeout(total=8, connect=1)
ENDLESS = aiohttp.ClientTimeout(total=None, connect=1, sock_read=15)  # a node writes every five seconds


class NodeAway(Exception):
    """The media node does not answer; another one may."""

    def __init__(self, node: str) -> None:
        super().__init__(f"the media node {node} does not answer")
        self.node = node


@dataclass(frozen=True)
class NodeAnswer:
    """What a media node answered, to be passed on. `peer` is the last part of its `Location`."""

    status: int
    media_type: str
    body: bytes
    peer: str
    headers: dict[str, str]


@dataclass(frozen=True)
class ToNode:
    """One request to a media node: the method, the address there, a body and its headers."""

    method: str
    path: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class MediaNodes:
    """Passes requests to media nodes; one HTTP client for all of them."""

    def __init__(self, client: aiohttp.ClientSession) -> None:
        self._client = client

    async def send(self, ticket: StageTicket | NodeTicket, asked: ToNode) -> NodeAnswer:
        """The answer of the node of the ticket. Raises `NodeAway`."""
        headers = {**asked.headers, "Authorization": f"Bearer {ticket.capability}"}
        try:
            async with self._client.request(
                asked.method, ticket.url + asked.path, data=asked.body, headers=headers, timeout=TIMEOUT
            ) as response:
                return NodeAnswer(
                    status=response.status,
                    media_type=response.content_type,
                    body=await response.read(),
                    peer=response.headers.get("Location", "").rpartition("/")[2],
                    headers=_passed_on(response),
                )
        except (aiohttp.ClientError, TimeoutError) as error:
            raise NodeAway(ticket.node) from error

    async def events(self, ticket: StageTicket, path: str) -> tuple[NodeAnswer, AsyncIterator[bytes]]:
        """The head of an event stream, and the rest of it, which ends when the node does. Raises `NodeAway`."""
        try:
            response = await self._client.get(ticket.url + path, timeout=ENDLESS)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise NodeAway(ticket.node) from error
        body = b"" if response.status == 200 else await response.read()
        answer = NodeAnswer(response.status, response.content_type, body, "", _passed_on(response))
        return answer, _stream(response)


async def _stream(response: Any) -> AsyncIterator[bytes]:
    """What comes, as it comes. A node that dies ends it as one that has nothing more to say."""
    try:
        with suppress(aiohttp.ClientError, TimeoutError):
            async for chunk in response.content.iter_any():
                yield chunk
    finally:
        response.close()


def _passed_on(response: aiohttp.ClientResponse) -> dict[str, str]:
    """The client's headers; a header that comes several times is a list."""
    found = {name: ", ".join(response.headers.getall(name, [])) for name in PASSED_ON}
    links = found["Link"].replace("</sessions/", "</api/v1/sessions/")
    return {name: value for name, value in {**found, "Link": links}.items() if value}
