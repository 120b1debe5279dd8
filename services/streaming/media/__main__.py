"""Runs a media node until SIGTERM or SIGINT: `python -m services.streaming.media`."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys

import uvloop

from messaging import logs, otlp
from messaging.on_asyncio import liveness

from . import sending
from .app import media_node
from .settings import MissingSetting, Settings

log = logging.getLogger(__name__)


async def run(settings: Settings) -> None:
    """Serves until a signal comes, then ends in good order."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    ticking = liveness.watch(os.environ)
    async with media_node(settings):
        fields = {"node": settings.node, "url": settings.reachable_at}
        log.info("the media node is ready", extra={"fields": fields})
        await stop.wait()
        log.info("the media node is stopping")
    if ticking:
        ticking.cancel()


def main() -> None:
    """Reads the settings and runs."""
    try:
        settings = Settings.from_environment(os.environ)
    except MissingSetting as error:
        sys.exit(str(error))
    logs.configure(settings.node, settings.log_level)
    otlp.start(settings.node, os.environ)
    sending.choose(settings.native)
    uvloop.run(run(settings))


if __name__ == "__main__":
    main()
