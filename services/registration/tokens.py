"""Access tokens: JWTs signed with Ed25519. Only this service holds the private key (RFC 8037, RFC 7519)."""

from __future__ import annotations

import time
from pathlib import Path

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

ISSUER = AUDIENCE = "subvenue"


class Tokens:
    """Issues tokens from the key in `private_key_file` (PEM) that are good for `ttl` seconds."""

    def __init__(self, private_key_file: str, ttl: int) -> None:
        # Parsed once: doing it for each token took half of its time.
        key = load_pem_private_key(Path(private_key_file).read_bytes(), password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise ValueError("the private key of the tokens is not an Ed25519 key")
        self._key = key
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
