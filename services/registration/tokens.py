"""Access tokens: JWTs signed with Ed25519. Only this service holds the private key (RFC 8037, RFC 7519)."""

from __future__ import annotations

import time
from pathlib import Path

import jwt

ISSUER = AUDIENCE = "subvenue"


class Tokens:
    """Issues tokens from the key in `private_key_file` (PEM) that are good for `ttl` seconds."""

    def __init__(self, private_key_file: str, ttl: int) -> None:
        self._key = Path(private_key_file).read_bytes()
        self._ttl = ttl

    def issue(self, subject: str, roles: tuple[str, ...] = ("attendee",)) -> str:
        """A token for `subject` with `roles`."""
        now = int(time.time())
        claims = {
            "sub": subject,
            "roles": list(roles),
            "iss": ISSUER,
            "aud": AUDIENCE,
            "iat": now,
            "exp": now + self._ttl,
        }
        return jwt.encode(claims, self._key, algorithm="EdDSA")
