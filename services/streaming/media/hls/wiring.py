"""How packaging becomes part of a media node."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from aiohttp import web

from services.streaming.media.stages import Stages

from . import routes
from .access import Keys
from .keys import KEYS, PACKAGING
from .packaging import Packaging
from .settings import HlsSettings


@asynccontextmanager
async def packaging_of(stages: Stages, settings: HlsSettings) -> AsyncIterator[Packaging]:
    """Packages every stage of the node, until it is left; then all recordings are complete as far as they are."""
    packaging = Packaging(settings)
    stages.on_opened.append(packaging.opened)
    task = asyncio.create_task(packaging.run(), name="packaging")
    try:
        yield packaging
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await packaging.close()


def mount(app: web.Application, packaging: Packaging, secret: bytes) -> None:
    """Serves what is packaged. `secret` is that of the capabilities."""
    app[PACKAGING], app[KEYS] = packaging, Keys(secret)
    app.add_routes(routes.routes())
