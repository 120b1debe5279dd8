"""Sessions that this node has from another one: pulled once, however many watch here.

Control puts the origin into the capability of a viewer whom it sends here. The first such viewer makes the node
pull the session; when nobody has watched for a while it lets go. When the origin has no publisher for a while, or
is gone, the viewers are shown out: a new offer finds where the session is now.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress

import aiohttp
from aiortc import RTCCertificate

from .capabilities import Capabilities, Origin
from .stages import NobodyPublishes, Stages
from .upstream import NotPulled, Upstream

log = logging.getLogger(__name__)

_READY = 6.0  # s that the first viewer waits for
_IDLE = 5.0  # s without a viewer after which the node lets go
_AGAIN = 0.5  # s between two tries
_GIVEN_UP = 4.0  # s without the origin's publisher after which the viewers are shown out


class Relays:
    """All sessions that are pulled."""

    def __init__(self, stages: Stages, capabilities: Capabilities, hosts: tuple[str, ...]) -> None:
        self._stages, self._capabilities, self._hosts = stages, capabilities, hosts
        self._certificate = RTCCertificate.generateCertificate()
        self._http = aiohttp.ClientSession()
        self._pulls: dict[str, asyncio.Task[None]] = {}
        self._ready: dict[str, asyncio.Event] = {}

    async def ensure(self, session_id: str, origin: Origin) -> None:
        """Returns when the session is on a stage here. Raises `NobodyPublishes` when that takes too long."""
        stage = self._stages.of_session(session_id)
        if stage is not None and stage.publisher is not None:
            return
        if session_id not in self._pulls:
            self._ready[session_id] = asyncio.Event()
            name = f"pull {session_id}"
            self._pulls[session_id] = asyncio.create_task(self._pull(session_id, origin), name=name)
        waiting = asyncio.create_task(self._ready[session_id].wait())
        await asyncio.wait([waiting, self._pulls[session_id]], timeout=_READY, return_when="FIRST_COMPLETED")
        if not waiting.done():
            waiting.cancel()
            raise NobodyPublishes(session_id)

    async def close(self) -> None:
        """Lets go of everything."""
        tasks = list(self._pulls.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._http.close()

    async def _pull(self, session_id: str, origin: Origin) -> None:
        """Pulls until nobody watches, or until the origin has been without a publisher for too long."""
        try:
            last_live = time.monotonic()
            while time.monotonic() - last_live < _GIVEN_UP:
                try:
                    if await self._pull_once(session_id, origin):
                        return
                    last_live = time.monotonic()
                except NotPulled as error:
                    fields = {"session": session_id, "origin": origin.node, "reason": str(error)}
                    log.info("a session was not pulled", extra={"fields": fields})
                    if error.is_gone or not self._ready[session_id].is_set():
                        return  # whoever watches, or wanted to, is told at once, and control asked again
                await asyncio.sleep(_AGAIN)
        finally:
            self._ready.pop(session_id)
            self._pulls.pop(session_id)
            if self._stages.relayed.pop(session_id, None):
                self._stages.send_elsewhere(session_id)

    async def _pull_once(self, session_id: str, origin: Origin) -> bool:
        """One connection. True when it ended because nobody watches, False when the origin ended it."""
        upstream = Upstream(self._hosts, self._certificate)
        capability = self._capabilities.to_relay(session_id, origin.node)
        try:
            agreed = await upstream.open(self._http, f"{origin.url}/sessions/{session_id}/whep", capability)
            publisher = self._stages.relay(session_id, upstream, agreed, origin.node)
            self._ready[session_id].set()
            try:
                return await self._watch_over(session_id, upstream)
            finally:
                self._stages.relay_ended(session_id, publisher)
        finally:
            await upstream.close()
            if upstream.resource:
                with suppress(aiohttp.ClientError, TimeoutError):
                    headers = {"Authorization": f"Bearer {capability}"}
                    limit = aiohttp.ClientTimeout(total=1)
                    async with self._http.delete(upstream.resource, headers=headers, timeout=limit):
                        pass

    async def _watch_over(self, session_id: str, upstream: Upstream) -> bool:
        """Returns when the connection is over: lost, replaced, the origin's stage empty, nobody watches here."""
        news = asyncio.create_task(self._inactive(upstream))
        over = asyncio.create_task(upstream.ended.wait())
        idle_since = time.monotonic()
        try:
            while True:
                done, _ = await asyncio.wait([news, over], timeout=1.0, return_when="FIRST_COMPLETED")
                if done:
                    return session_id not in self._stages.relayed  # somebody publishes here now
                if self._stages.audience.get(session_id):
                    idle_since = time.monotonic()
                elif time.monotonic() - idle_since > _IDLE:
                    return True
        finally:
            for task in (news, over):
                task.cancel()

    async def _inactive(self, upstream: Upstream) -> None:
        """Returns when the origin says that its stage is empty, that we should move, or nothing more at all."""
        with suppress(aiohttp.ClientError, TimeoutError):
            timeout = aiohttp.ClientTimeout(total=None, connect=2, sock_read=15)
            async with self._http.get(upstream.resource + "/events", timeout=timeout) as response:
                was_active = False
                async for line in response.content:
                    event = line.decode().strip().partition("event: ")[2]
                    was_active = was_active or event == "active"
                    if event == "move" or (event == "inactive" and was_active):
                        return
