"""The public API as a patient client uses it: with idempotency keys, retries, and every answer timed."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from typing import Any, Self

import aiohttp

CONNECTIONS = 64
#: Requests of one kind in flight: more at once only wait longer.
TOGETHER = 24
PATIENCE = 10.0  # seconds for one try
TRIES = 20
PAUSE = 0.25  # seconds before the next try; doubled each time, up to the longest
LONGEST_PAUSE = 4.0
#: Answers that ask to try again: too many requests, no answer from a service, overload.
AGAIN = frozenset({429, 502, 503, 504})


class Refused(Exception):
    """An answer that trying again will not change; `status` is the HTTP status."""

    def __init__(self, what: str, status: int, document: Any) -> None:
        super().__init__(f"{what}: {status} {document}")
        self.status = status


class Api:
    """One client with many requests in flight. `seconds` keeps how long each answer took, by what was done."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self._url, self._session = url.rstrip("/"), session
        self.seconds: dict[str, list[float]] = defaultdict(list)
        self.failures: Counter[str] = Counter()

    @classmethod
    async def opened(cls, url: str) -> Self:
        """A client with connections of its own; `close` it."""
        timeout = aiohttp.ClientTimeout(total=PATIENCE)
        connector = aiohttp.TCPConnector(limit=CONNECTIONS)
        return cls(url, aiohttp.ClientSession(timeout=timeout, connector=connector))

    async def close(self) -> None:
        """Give up the connections."""
        await self._session.close()

    async def get(self, what: str, path: str, token: str = "", **parameters: Any) -> Any:
        """The JSON at `path`, counted as `what`. Raises `Refused`, or TimeoutError when nobody ever answers."""
        wanted = {name: str(value) for name, value in parameters.items() if value is not None}
        return await self._insist(what, "GET", path, _headers(token), params=wanted)

    async def post(
        self, what: str, path: str, body: Mapping[str, Any] | None, *, key: str = "", token: str = ""
    ) -> Any:
        """What a command answers; with a `key`, one that is repeated has one effect. Raises as `get`."""
        headers = _headers(token) | ({"Idempotency-Key": key} if key else {})
        return await self._insist(what, "POST", path, headers, json=body)

    async def pages(self, what: str, path: str, token: str = "", **parameters: Any) -> AsyncIterator[Any]:
        """Every item of a listing, page after page."""
        cursor: str | None = None
        while True:
            page = await self.get(what, path, token, limit=100, cursor=cursor, **parameters)
            for item in page["items"]:
                yield item
            if (cursor := page["next"]) is None:
                return

    async def _insist(self, what: str, method: str, path: str, headers: dict[str, str], **sent: Any) -> Any:
        pause = PAUSE
        for _ in range(TRIES):
            began = time.perf_counter()
            try:
                async with self._session.request(method, f"{self._url}{path}", headers=headers, **sent) as answer:
                    document = await answer.json(content_type=None)
                    self.seconds[what].append(time.perf_counter() - began)
                    if answer.status < 400:
                        return document
                    if answer.status not in AGAIN:
                        raise Refused(what, answer.status, document)
                    self.failures[f"{what}: {answer.status}"] += 1
            except (aiohttp.ClientError, TimeoutError) as error:
                self.failures[f"{what}: {type(error).__name__}"] += 1
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
        raise TimeoutError(f"{what}: no answer after {TRIES} tries")


def _headers(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}


async def in_order(
    items: Iterable[Any], do: Callable[[Any], Awaitable[Any]], reached: Callable[[int], object] = int
) -> list[Any]:
    """What `do` answers for each item, in their order, with `TOGETHER` under way; `reached` hears how many are."""
    answers: dict[int, Any] = {}
    numbered = enumerate(items)

    async def take() -> None:
        for number, item in numbered:
            answers[number] = await do(item)
            reached(len(answers))

    async with asyncio.TaskGroup() as takers:
        for _ in range(TOGETHER):
            takers.create_task(take())
    return [answers[number] for number in range(len(answers))]
