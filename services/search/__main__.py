"""`python -m services.search` serves."""

from __future__ import annotations

import os

import eventlet

from .settings import Settings


def main() -> None:
    """Run the service until it is told to stop."""
    eventlet.monkey_patch()

    from messaging.on_nameko.runner import run

    from .service import Search

    run(Search, {"settings": Settings.read(os.environ)})


if __name__ == "__main__":
    main()
