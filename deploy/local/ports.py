"""Ports for what the local run starts: the well-known ones when they are free, others when not."""

import random
import socket
from collections.abc import Iterator

# The names are settings; a port that is given there is used as it is.
DEFAULTS = {
    "SUBVENUE_PORT": 8000,
    "SUBVENUE_MEDIA_PORT": 8100,
    "SUBVENUE_MEDIA_2_PORT": 8101,
    "SUBVENUE_REGISTRATION_HEALTH_PORT": 8201,
    "SUBVENUE_JOBS_HEALTH_PORT": 8202,
    "SUBVENUE_SEARCH_HEALTH_PORT": 8203,
    "SUBVENUE_STREAMING_HEALTH_PORT": 8204,
    "SUBVENUE_BROKER_PORT": 8672,
    "SUBVENUE_BROKER_NODE_PORT": 8673,
    "SUBVENUE_BROKER_NAMES_PORT": 8674,
    "SUBVENUE_BROKER_PAGE_PORT": 8675,
    "SUBVENUE_DOCUMENTS_PORT": 8717,
}
STEP = 20  # the second checkout on a machine gets 8020, 8120, ..., the third 8040
BELOW_EPHEMERAL = range(20_000, 32_000)  # Linux hands out 32768 and up for outgoing connections


def near_default(name: str) -> Iterator[int]:
    """The default port, then the same with every STEP."""
    yield from range(DEFAULTS[name], 30_000, STEP)


def anywhere(name: str) -> Iterator[int]:
    """Random ports, for tests that run beside a conference (`name` does not matter)."""
    while True:
        yield random.choice(BELOW_EPHEMERAL)


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """True when a server could listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
