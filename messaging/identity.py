"""Ids, and why a retry gets the same one.

The id of a new aggregate is derived from the idempotency key of the command that makes it, so the unique index
on `_id` is all that idempotency needs: the second insert of the same command finds the first.
"""

from __future__ import annotations

import base64
import hashlib
import secrets

import msgspec

_ID_BYTES = 15  # 120 bits: 24 characters of base32, no padding


def derive_id(prefix: str, *parts: str) -> str:
    """The id that belongs to `parts`: ``<prefix>_<24 characters>``, the same for the same parts."""
    digest = hashlib.sha256("\x1f".join((prefix, *parts)).encode()).digest()[:_ID_BYTES]
    return f"{prefix}_{base64.b32encode(digest).decode().lower()}"


def new_id(prefix: str, command_id: str) -> str:
    """The id of what the command makes; a random one where the command carries no key."""
    return derive_id(prefix, command_id or secrets.token_hex(16))


def fingerprint(command: msgspec.Struct) -> str:
    """A digest of what a command asks for, without its key and who asks: one key goes with one digest."""
    content = msgspec.structs.asdict(command)
    content.pop("command_id", None)
    content.pop("actor", None)
    return hashlib.sha256(msgspec.json.encode(content, order="sorted")).hexdigest()[:32]
