"""Set-up: whatever `make demo` or `make test` needs and this machine has not. A no-op the second time.

Standard library only: this runs before anything is installed.
"""

import os
import subprocess
import sys

from deploy.local import debian, environments
from deploy.local.paths import DOCUMENTS, LOAD, PROJECT, python_of
from deploy.local.settings import given


def prepare(lock: str, broker: bool, browser: bool) -> None:
    """Make the environments for `lock` (run, test or load), and ask apt for what else is needed.

    Raises debian.NotInstalled, or subprocess.CalledProcessError when a download fails.
    """
    environments.ensure(PROJECT, *(("test",) if lock == "test" else ("run", "test")))
    _native_fan_out()
    if lock == "load":
        environments.ensure(LOAD, "load")
    settings = given()
    if not settings.get("SUBVENUE_MONGODB_URL") or lock != "run":
        environments.ensure(DOCUMENTS, "documents")
    wants_broker = broker and (lock != "run" or not settings.get("SUBVENUE_AMQP_URL"))
    if wants_broker and not debian.rabbitmq_server():
        debian.install("rabbitmq-server", "the broker (or give SUBVENUE_AMQP_URL)")
    if browser and not debian.chromium():
        _browser()


def _native_fan_out() -> None:
    """Compiled where there is a compiler; without it the media node forwards in pure Python. Never fails."""
    subprocess.run([python_of(PROJECT), "-m", "services.streaming.media.native.at_set_up"], check=False)


def _browser() -> None:
    """Chromium is wanted, not needed: without it the browser tests say that they could not run."""
    try:
        debian.install("chromium", "the browser tests (or give SUBVENUE_CHROMIUM)")
    except debian.NotInstalled as missing:
        if os.environ.get("SUBVENUE_REQUIRE_ALL") == "1":
            raise
        print(missing, file=sys.stderr)


def main(words: list[str]) -> int:
    """`prepare tools`, or `prepare run|test|load [--broker] [--browser]`; the exit status."""
    try:
        if words[0] == "tools":
            environments.uv()
        else:
            prepare(words[0], broker="--broker" in words, browser="--browser" in words)
    except (debian.NotInstalled, ValueError) as mistake:  # ValueError: a line in .env
        print(f"\n{mistake}", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as failed:
        print(f"\nThe set-up stopped: {' '.join(failed.cmd[:3])} ... failed, see above.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
