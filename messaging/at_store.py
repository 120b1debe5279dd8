"""Asking the document store: for how long, what it refuses, and what it means when it does not answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pymongo
from pymongo.errors import BulkWriteError, DuplicateKeyError, PyMongoError

from .contracts.errors import Unavailable

#: One read or write for somebody who waits. Shorter than the gateway's deadline, so that a store that hangs is
#: answered with "unavailable" and not with silence.
ANSWER_SECONDS = 1.8
#: A write of many at once, for an import, whose caller gives it time.
BULK_SECONDS = 20.0
_DUPLICATE = 11000  # MongoDB's error code


@contextmanager
def at_store(seconds: float = ANSWER_SECONDS) -> Iterator[None]:
    """Operations on the store that together may take `seconds`, repetitions of the driver included.

    Whatever goes wrong with the store itself becomes `Unavailable`; refusals of a write pass through. The limit
    is the driver's own (client-side operation timeout): a greenlet that is torn out of it would leave a
    connection in the pool with somebody else's answer in it.
    """
    try:
        with pymongo.timeout(seconds):
            yield
    except (DuplicateKeyError, BulkWriteError):
        raise
    except PyMongoError as error:
        raise Unavailable("the document store does not answer") from error


def duplicates(error: BulkWriteError) -> dict[int, str]:
    """The refusals of a bulk write by index. Raises `Unavailable` when anything but a duplicate went wrong."""
    writes = error.details.get("writeErrors", [])
    if error.details.get("writeConcernErrors") or any(write.get("code") != _DUPLICATE for write in writes):
        raise Unavailable("the document store did not keep all of it") from error
    return {write["index"]: write.get("errmsg", "") for write in writes}
