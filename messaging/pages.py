"""Cursors of listings: opaque to clients, the last key of a page to us."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from typing import TypeVar

from .contracts.errors import InvalidInput
from .contracts.types import Page, to_wire

T = TypeVar("T")


def encode_cursor(last: str) -> str:
    """The cursor of the page after the one that ends with key `last`."""
    return base64.urlsafe_b64encode(json.dumps([1, last]).encode()).decode().rstrip("=")


def decode_cursor(cursor: str | None) -> str | None:
    """The key to go on after. Raises `InvalidInput` on what we did not make."""
    if cursor is None:
        return None
    try:
        version, last = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, TypeError, binascii.Error):
        raise InvalidInput("this cursor is none of ours", "cursor") from None
    if version != 1 or not isinstance(last, str):
        raise InvalidInput("this cursor is none of ours", "cursor")
    return last


def page(found: Sequence[T], limit: int, key: Callable[[T], str], view: Callable[[T], object]) -> Page:
    """A page of at most `limit` from `found`, which was asked for with one more to see whether more follows."""
    shown = found[:limit]
    more = len(found) > limit
    items: list[dict[str, object]] = [to_wire(view(one)) for one in shown]  # type: ignore[misc]
    return Page(items=items, next=encode_cursor(key(shown[-1])) if more else None)
