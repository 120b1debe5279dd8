"""``python -m deploy.seed``: load the demo convention into the running services, and account for it.

Ends with 0 when every figure is exact, with 1 otherwise. Loading again changes nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Iterator

from rich.console import Console

from messaging.on_asyncio import Bus, BusError

from . import index
from .convention import DEFAULT_SEED, Convention
from .delivery import Incomplete
from .figures import PUBLISHED
from .rehearsal import Rehearsal
from .seeding import seed
from .settings import NotRunning, Settings


def arguments() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m deploy.seed", description="Load the demo convention.")
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED, help="another seed, another convention")
    parser.add_argument("--scale", type=float, default=1.0, help="a share of the crowd, such as 0.01")
    parser.add_argument("--dry-run", action="store_true", help="generate and count, send nothing")
    parser.add_argument(
        "--unless-complete", action="store_true", help="send nothing where searches find all of it already"
    )
    return parser


async def run(options: argparse.Namespace, console: Console) -> bool:
    """Do what the command line says. Answers whether every figure is exact."""
    convention = Convention(options.seed, PUBLISHED.scaled(options.scale))
    if options.dry_run:
        return await seed(Rehearsal(), convention, console)
    async with Bus(Settings.read().amqp_url, name="seed") as bus:
        if options.unless_complete:
            counts = await index.count(bus)
            if index.is_complete(counts, convention.figures.documents):
                console.print("The convention is there already:", counts, highlight=False)
                return True
        return await seed(bus, convention, console)


def main() -> int:
    """Run, and turn what goes wrong into a line and a status."""
    try:
        exact = asyncio.run(run(arguments().parse_args(), Console()))
    except (NotRunning, BusError, Incomplete, ExceptionGroup) as error:
        for cause in causes(error):
            print(f"seed: {cause}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0 if exact else 1


def causes(error: Exception) -> Iterator[Exception]:
    """What is wrong, out of its groups. Raises what is a mistake of ours, with its trace."""
    if isinstance(error, ExceptionGroup):
        for inner in error.exceptions:
            yield from causes(inner)
    elif isinstance(error, (NotRunning, BusError, Incomplete)):
        yield error
    else:
        raise error


if __name__ == "__main__":
    sys.exit(main())
