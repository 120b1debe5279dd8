"""`python -m gateway` serves; `python -m gateway openapi` prints the description of the API."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import uvloop
from granian.constants import Interfaces
from granian.server.embed import Server

from . import logs, openapi
from .app import build
from .observing import Observed
from .settings import MissingSetting, Settings

#: Open connections a process takes. The server's own default, its backlog, lets 5,000 streams hang.
BACKPRESSURE = 20_000


async def serve(settings: Settings) -> None:
    """Serve in this process until SIGTERM or SIGINT.

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

    def stop() -> None:
        app.state.live.close()  # the server waits for open responses, and a stream never ends by itself
        server.stop()

    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop)
    await server.serve()


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
            logs.configure(settings.log_level)
            uvloop.run(serve(settings))
            return 0
        case ["openapi"]:
            print_openapi()
            return 0
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
