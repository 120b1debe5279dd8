"""What a cluster's refusals mean: it is away, it is busy, or we have made a mistake."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from elastic_transport import TransportError
from elasticsearch import ApiError

from messaging.contracts.errors import Unavailable

#: What the cluster answers when it has no capacity at the moment.
_BUSY = (429, 502, 503, 504)


@contextmanager
def answering() -> Iterator[None]:
    """A cluster that does not answer, or is too busy to, is `Unavailable`; other errors are ours."""
    try:
        yield
    except TransportError as error:
        raise Unavailable("the search cluster does not answer") from error
    except ApiError as error:
        if error.meta.status in _BUSY:
            raise Unavailable("the search cluster is busy") from error
        raise


def changed_by(item: dict[str, Any]) -> bool:
    """Whether an item of a bulk answer changed something. Raises on what is neither done nor older."""
    if item["status"] == 409:
        return False
    if item["status"] in _BUSY:
        raise Unavailable("the search cluster is busy")
    if item["status"] >= 300:
        raise ValueError(f"{item['_id']}: {item['error']}")
    return True
