"""What a document store refuses, and what it means when it does not answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pymongo.errors import BulkWriteError, DuplicateKeyError, PyMongoError

from .contracts.errors import Unavailable

_DUPLICATE = 11000  # MongoDB's error code


@contextmanager
def store_errors() -> Iterator[None]:
    """Whatever goes wrong with the store itself becomes `Unavailable`; refusals of a write pass through."""
    try:
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
