"""The media nodes as the origin of HLS files: which one has a session, and how its answers are passed on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import aiohttp
from litestar import Response
from litestar.response import Stream

from messaging.contracts.streaming import JoinStage

from .caller import Caller
from .exchange import ticket_of
from .problems import unavailable

#: Headers that say what a file is, and who may keep it how long.
PASSED_ON = ("Cache-Control", "Content-Encoding", "Vary", "Content-Disposition", "Retry-After")
_KNOWN = 10.0  # s that a node counts as that of a session, without asking again
_WHOLE = 8 * 1024 * 1024  # bytes; what is longer, or of unknown length, is passed on as it comes
_TIMEOUT = aiohttp.ClientTimeout(total=None, connect=1, sock_read=15)  # a playlist may wait six seconds


class Origins:
    """Fetches files from the node that has their session; the streaming service is asked once for many."""

    def __init__(self, client: aiohttp.ClientSession) -> None:
        self._client = client
        self._places: dict[str, tuple[asyncio.Task[str], float]] = {}

    async def fetch(self, session_id: str, path: str, encodings: str, caller: Caller) -> Response[bytes] | Stream:
        """The node's answer to GET `path`. Raises what the streaming service refuses, or 503."""
        url = await self._place(session_id, caller)
        try:
            headers = {"Accept-Encoding": encodings or "identity"}
            response = await self._client.get(url + path, headers=headers, timeout=_TIMEOUT)
        except (aiohttp.ClientError, TimeoutError) as error:
            self._places.pop(session_id, None)  # it may be elsewhere by now
            raise unavailable("The media node of this session does not answer. Try again in a moment.") from error
        kept = {name: response.headers[name] for name in PASSED_ON if name in response.headers}
        if response.content_length is None or response.content_length > _WHOLE:
            return Stream(_pieces(response), media_type=response.content_type, headers=kept)
        async with response:
            body = await response.read()
        media_type = response.headers.get("Content-Type", "application/octet-stream")
        return Response(body, status_code=response.status, media_type=media_type, headers=kept)

    async def _place(self, session_id: str, caller: Caller) -> str:
        """Where the node of a session is reached. Many ask at once, the streaming service is asked once."""
        now = time.monotonic()
        known = self._places.get(session_id)
        if known is None or known[1] < now:
            if len(self._places) > 1_000:
                self._places.clear()
            known = self._places[session_id] = asyncio.create_task(_asked(session_id, caller)), now + _KNOWN
        try:
            return await asyncio.shield(known[0])
        except Exception:
            self._places.pop(session_id, None)
            raise


@asynccontextmanager
async def open_origins() -> AsyncIterator[Origins]:
    """The origins, for as long as the gateway runs. Answers stay compressed on their way."""
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, auto_decompress=False) as client:
        yield Origins(client)


async def _asked(session_id: str, caller: Caller) -> str:
    asking = caller.call(JoinStage, session_id=session_id, role="watch", recorded=True)
    return (await ticket_of(asking)).url


async def _pieces(response: Any) -> AsyncIterator[bytes]:
    try:
        with suppress(aiohttp.ClientError, TimeoutError):
            async for piece in response.content.iter_any():
                yield piece
    finally:
        response.close()
