"""`python -m services.jobs` serves."""

from __future__ import annotations

import eventlet


def main() -> None:
    """Run the service until it is told to stop."""
    eventlet.monkey_patch()

    from messaging.on_nameko.runner import run

    from .service import Jobs

    run(Jobs)


if __name__ == "__main__":
    main()
