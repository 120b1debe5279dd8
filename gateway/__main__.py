"""`python -m gateway` serves; `python -m gateway openapi` prints the description of the API."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import signal
import sys
from pathlib import Path

import uvloop

from messaging import logs, otlp
from messaging.on_asyncio import liveness

from . import access_log, openapi
from .app import build, edge_of
from .edge.quick import Quick
from .edge.serving import listen, server
from .observing import Observed
from .settings import MissingSetting, Settings


async def serve(settings: Settings) -> int:
    """Serve in this process until SIGTERM or SIGINT. Answers the exit code.

    There is no parent process that could leave workers behind when it is killed.
    """
    app = build(settings)
    edge = edge_of(app)
    serving = server(Observed(edge, app.state.metrics), Quick(edge), app.state.live.__len__)
    loop, stopping = asyncio.get_running_loop(), asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stopping.set)
    ticking = liveness.watch(os.environ)
    work = asyncio.create_task(serving.serve(sockets=[listen(settings.host, settings.port)]))
    gc.collect()
    gc.freeze()  # what is here stays here: the collector need not look at it again
    await asyncio.wait({work, asyncio.create_task(stopping.wait())}, return_when=asyncio.FIRST_COMPLETED)
    app.state.live.close()  # a stream never ends by itself
    serving.should_exit = True
    await work
    if ticking:
        ticking.cancel()
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
            otlp.start("gateway", os.environ)
            access_log.gather("gateway.access", "gateway")
            return uvloop.run(serve(settings))
        case ["openapi"]:
            print_openapi()
            return 0
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
