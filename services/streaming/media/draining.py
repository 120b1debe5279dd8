"""Emptying a node while it runs: everybody is told, then shown out, the publishers before the viewers.

Whoever is shown out makes a new offer, and control, which has cordoned this node, gives it another. A publisher
needs about a second for that. Viewers who leave later find it there, and have not waited for long.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

from .resources import Resources

_WARNING = 0.3  # s between the word and the deed, for clients that move by themselves
_HEAD_START = 1.2  # s that publishers have before the viewers
_SPREAD = 1.0  # s over which viewers leave: they must not all be at the door in one moment
_CLOSED = 5.0  # s after which the door may open again; by then control has long stopped sending anybody


class Draining:
    """Whether the node is being emptied, and the work of it."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._task: asyncio.Task[None] | None = None

    @property
    def active(self) -> bool:
        """While it is, nobody may come."""
        return self._task is not None and not self._task.done()

    def begin(self) -> None:
        """Sends everybody away. While it goes on, beginning again changes nothing."""
        if not self.active:
            self._task = asyncio.create_task(self._run(), name="draining")

    async def stop(self) -> None:
        """The node itself ends."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        for resource in self._resources:
            resource.move()
        await asyncio.sleep(_WARNING)
        for resource in self._resources:
            if resource.role == "publish":
                resource.peer.ended.set()
        await asyncio.sleep(_HEAD_START)
        left = list(self._resources)
        for resource in left:
            resource.peer.ended.set()
            await asyncio.sleep(_SPREAD / len(left))
        await asyncio.sleep(_CLOSED)
