"""`python -m gateway` serves; `python -m gateway openapi` prints the description of the API."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
from pathlib import Path

import uvloop
from granian.constants import Interfaces
from granian.server.embed import Server

from messaging import logs

from . import openapi
from .app import build
from .observing import Observed
from .settings import MissingSetting, Settings

#: Open connections a process takes. The server's own default, its backlog, lets 5,000 streams hang.
BACKPRESSURE = 20_000
#: Seconds that answers under way have when the process is asked to stop.
GRACE = 6.0

log = logging.getLogger(__name__)


async def serve(settings: Settings) -> int:
    """Serve in this process until SIGTERM or SIGINT. Answers the exit code.

    Any number of gateway processes may share a port (the server sets SO_REUSEPORT). There is no parent process
    that could leave workers behind when it is killed.
    """
    app = build(settings)
    server = Server(
        Observed(app),
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        backlog=4096,
        backpressure=BACKPRESSURE,
        websockets=False,
        log_enabled=False,
    )

    stopping = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stopping.set)
    serving = asyncio.create_task(server.serve())
    await asyncio.wait({serving, asyncio.create_task(stopping.wait())}, return_when=asyncio.FIRST_COMPLETED)
    app.state.live.close()  # the server waits for open responses, and a stream never ends by itself
    server.stop()
    _, unfinished = await asyncio.wait({serving}, timeout=GRACE)
    if unfinished:
        log.warning("some clients did not take their answers, closing anyway")
        os._exit(0)  # the server's threads would wait for them for ever
    return 0 if stopping.is_set() else 1


def print_openapi() -> None:
    """Print the OpenAPI document; needs no settings and no broker."""
    app = build(Settings(amqp_url="", public_key_file=Path()))
    print(json.dumps(openapi.document(app), indent=2, ensure_ascii=False))


def main(arguments: list[str]) -> int:
    """The command line."""
    match arguments:
        case []:
            try:
                settings = Settings.from_environment(os.environ)
            except MissingSetting as error:
                print(f"gateway: {error}", file=sys.stderr)
                return 2
            logs.configure("gateway", settings.log_level)
            return uvloop.run(serve(settings))
        case ["openapi"]:
            print_openapi()
            return 0
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
