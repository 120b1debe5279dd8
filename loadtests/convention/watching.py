"""A browser that stays all the time, and counts each activity that it sees end."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator

import aiohttp

STREAM = "/api/v1/events?topics=sessions"
COME_BACK = 1.0  # seconds after a lost connection


class Watcher:
    """Follows the sessions by server-sent events. `ended` counts, by session, the versions that said so."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/") + STREAM
        self._seen: set[tuple[str, int]] = set()
        self.ended: Counter[str] = Counter()

    async def follow(self) -> None:
        """Stay connected until cancelled, going on where a lost connection ended."""
        last_id = ""
        timeout = aiohttp.ClientTimeout(total=None, sock_read=60)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            while True:
                try:
                    headers = {"Last-Event-ID": last_id} if last_id else {}
                    async with session.get(self._url, headers=headers) as answer:
                        async for field, value in fields(answer.content):
                            if field == "id":
                                last_id = value
                            elif field == "data":
                                self._read(value)
                except (aiohttp.ClientError, TimeoutError):
                    pass
                await asyncio.sleep(COME_BACK)

    def _read(self, data: str) -> None:
        messages = json.loads(data)
        for message in messages if isinstance(messages, list) else ():
            version = message["id"], message["version"]
            if version not in self._seen:
                self._seen.add(version)
                session = message.get("data", {}).get("session", {})
                self.ended[message["id"]] += session.get("status") == "ended"


async def fields(stream: aiohttp.StreamReader) -> AsyncIterator[tuple[str, str]]:
    """The fields of an event stream as they come (HTML Living Standard, 9.2.6); comments are left out."""
    async for line in stream:
        field, colon, value = line.decode().rstrip("\r\n").partition(":")
        if field and colon:
            yield field, value.removeprefix(" ")
