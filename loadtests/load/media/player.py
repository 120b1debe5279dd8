"""An LL-HLS player without a picture: blocks for each new part, fetches it, notes how far behind live it is."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from urllib.parse import urljoin

import aiohttp

from .playlist import best_picture, read


@dataclass
class Played:
    """What players fetched: parts, bytes, failures, and for each part the seconds since its last frame."""

    parts: int = 0
    bytes: int = 0
    failures: int = 0
    behind: list[float] = field(default_factory=list)


class Player:
    """One player of one session."""

    def __init__(self, http: aiohttp.ClientSession, url: str, session_id: str, played: Played) -> None:
        self._http, self._played = http, played
        self._main = f"{url}/api/v1/sessions/{session_id}/hls/main.m3u8"

    async def run(self) -> None:
        """Play until cancelled, starting anew after a failure as players do."""
        while True:
            try:
                await self._play()
            except (aiohttp.ClientError, TimeoutError, StopIteration):
                self._played.failures += 1

    async def _play(self) -> None:
        async with self._http.get(self._main) as answer:
            answer.raise_for_status()
            address = urljoin(str(answer.url), best_picture(await answer.text()))
        live = read(await self._text(address))
        seen = {part.uri for part in live.parts}
        while True:
            asked = f"?_HLS_msn={live.next_segment}&_HLS_part={live.next_part}"
            live = read(await self._text(address + asked))
            for part in live.parts:
                if part.uri not in seen:
                    seen.add(part.uri)
                    await self._fetch(urljoin(address, part.uri), part.ended)

    async def _fetch(self, address: str, ended: float) -> None:
        async with self._http.get(address) as answer:
            answer.raise_for_status()
            self._played.bytes += len(await answer.read())
        self._played.parts += 1
        self._played.behind.append(time.time() - ended)

    async def _text(self, address: str) -> str:
        async with self._http.get(address) as answer:
            answer.raise_for_status()
            return await answer.text()
