"""`python -m services.streaming.control` serves."""

from __future__ import annotations

import os

import eventlet


def main() -> None:
    """Run the service until it is told to stop."""
    eventlet.monkey_patch()

    from messaging.on_nameko.runner import run

    from .service import Streaming
    from .settings import Settings

    run(Streaming, {"settings": Settings.read(os.environ)})


if __name__ == "__main__":
    main()
