"""One command, however often it is sent: the `Idempotency-Key` header becomes the command's id."""

from __future__ import annotations

import hashlib
import re
import uuid

from .problems import invalid

HEADER = "Idempotency-Key"
_KEY = re.compile(r"[\x21-\x7e]{1,200}")


def command_id(key: str | None, actor_id: str | None, method: str, path: str) -> str:
    """The id of a command: the same for the same key, actor and route; a new one without a key.

    Keys of one actor or one route never meet those of another. Raises 422 for a key that is too long or has
    other than printable ASCII characters.
    """
    if key is None:
        return uuid.uuid4().hex
    if not _KEY.fullmatch(key):
        raise invalid("The key must be 1 to 200 printable ASCII characters without spaces.", HEADER)
    scope = "\n".join((actor_id or "anonymous", method, path, key))
    return hashlib.sha256(scope.encode()).hexdigest()[:40]
