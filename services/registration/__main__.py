"""`python -m services.registration` serves; with `token --role presenter` it prints an access token."""

from __future__ import annotations

import argparse
import os
import sys

from .settings import Settings


def main(arguments: list[str]) -> None:
    """Serve, or print a token for somebody with a role that no registration gives."""
    settings = Settings.read(os.environ)
    if not arguments:
        serve(settings)
        return
    parser = argparse.ArgumentParser(prog="python -m services.registration")
    token = parser.add_subparsers(required=True).add_parser("token", help="print an access token")
    token.add_argument("--role", choices=("presenter", "operator"), required=True)
    token.add_argument("--subject", default="", help="who it is for; the role's name by default")
    chosen = parser.parse_args(arguments)

    from .tokens import Tokens

    tokens = Tokens(settings.token_private_key_file, settings.token_ttl)
    print(tokens.issue(chosen.subject or chosen.role, ("attendee", chosen.role)))


def serve(settings: Settings) -> None:
    """Run the service until it is told to stop."""
    import eventlet

    eventlet.monkey_patch()

    from messaging.on_nameko.runner import run

    from .service import Registration

    run(Registration, {"settings": settings})


if __name__ == "__main__":
    main(sys.argv[1:])
