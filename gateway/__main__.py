"""`python -m gateway` serves; `python -m gateway openapi` prints the description of the API."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from granian import Granian
from granian.constants import HTTPModes, Interfaces, Loops

from . import logs, openapi
from .app import build
from .metrics import Metrics
from .settings import MissingSetting, Settings

#: Open connections one worker takes. The server's own default, backlog ÷ workers, lets 5,000 streams hang.
BACKPRESSURE = 20_000


def serve(settings: Settings) -> None:
    """Serve until SIGTERM."""
    Granian(
        "gateway.app:create",
        factory=True,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        workers=settings.workers,
        loop=Loops.uvloop,
        http=HTTPModes.auto,
        backlog=4096,
        backpressure=BACKPRESSURE,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=10,
        log_enabled=False,
    ).serve()


def print_openapi() -> None:
    """Print the OpenAPI document; needs no settings and no broker."""
    app = build(Settings(amqp_url="", public_key_file=Path()), Metrics())
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
            serve(settings)
            return 0
        case ["openapi"]:
            print_openapi()
            return 0
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
