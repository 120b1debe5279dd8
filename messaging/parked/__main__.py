"""Parked messages on the command line, at the broker of SUBVENUE_AMQP_URL.

python -m messaging.parked                         how many each service has parked
python -m messaging.parked list SERVICE            reason, attempts and origin of each, as JSON lines
python -m messaging.parked show SERVICE ID         the body on standard output, byte for byte
python -m messaging.parked replay SERVICE ID       back into the queue it came from; --all for every one
python -m messaging.parked discard SERVICE ID      away for good
"""

from __future__ import annotations

import asyncio
import base64
import os
import sys

import msgspec

from messaging.on_asyncio import BusUnavailable

from . import SERVICES, NoOrigin, NotParked, Parked, ParkedMessages


async def run(words: list[str], parked: ParkedMessages) -> int:
    """Do what `words` say; the exit status."""
    match words:
        case []:
            for service in SERVICES:
                print(f"{service:<14} {await parked.count(service)}")
        case ["list", service]:
            for message in await parked.list(service):
                print(line(message))
        case ["show", service, id]:
            message = await parked.show(service, id)
            sys.stdout.buffer.write(base64.b64decode(message.body))
        case ["replay", service, "--all"]:
            print(f"{await parked.replay_all(service)} replayed")
        case ["replay", service, id]:
            print(f"replayed {line(await parked.replay(service, id))}")
        case ["discard", service, id]:
            print(f"discarded {line(await parked.discard(service, id))}")
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


def line(message: Parked) -> str:
    """A message as one line of JSON."""
    return msgspec.json.encode(message).decode()


def main(words: list[str]) -> int:
    """The command line; what goes wrong is told in one line."""
    url = os.environ.get("SUBVENUE_AMQP_URL")
    if not url:
        print("parked: SUBVENUE_AMQP_URL is not set", file=sys.stderr)
        return 2
    try:
        return asyncio.run(run(words, ParkedMessages(url)))
    except (NotParked, NoOrigin, BusUnavailable) as error:
        print(f"parked: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
