"""Cursors: where a page ended, in a form that clients hand back without reading it.

A cursor carries the digest of the question it belongs to. It gives no rights, so it is checked, not signed: a
forged one can only name another place in results that anyone may read.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import math

import msgspec

from messaging.contracts.errors import InvalidInput
from messaging.contracts.search import Search

from .engines.plan import Position

#: The deepest place that a cursor may name. Who wants more narrows the search.
DEEPEST = 100_000


class _Cursor(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    digest: str
    position: Position


_decoder = msgspec.json.Decoder(_Cursor)


def encode(position: Position, search: Search) -> str:
    """The cursor of the page after `position` in the results of `search`."""
    body = msgspec.json.encode(_Cursor(_digest(search), position))
    return base64.urlsafe_b64encode(body).rstrip(b"=").decode()


def decode(cursor: str, search: Search) -> Position:
    """The position in `cursor`. Raises `InvalidInput` when it is not one of ours or belongs to another search."""
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        decoded = _decoder.decode(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, binascii.Error, msgspec.MsgspecError):
        raise InvalidInput("the cursor is not one that a search has given", "cursor") from None
    position = decoded.position
    if decoded.digest != _digest(search):
        raise InvalidInput("the cursor belongs to another search", "cursor")
    numbers = math.isfinite(position.score) and 0 <= position.scale < 1e6 and 0 <= position.tie < 1 << 63
    if not (numbers and 0 <= position.seen <= DEEPEST):
        raise InvalidInput("the cursor is out of range; narrow the search", "cursor")
    return position


def _digest(search: Search) -> str:
    """Stands for all of a search that decides which results there are and in which order."""
    filters = sorted((name, sorted(values)) for name, values in search.filters.items())
    ranges = sorted((name, wanted.at_least, wanted.at_most) for name, wanted in search.ranges.items())
    parts = (search.q, search.type, search.lang, filters, ranges, search.sort)
    return hashlib.blake2b(repr(parts).encode("utf-8", "replace"), digest_size=6).hexdigest()
