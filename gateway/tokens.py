"""Who asks: access tokens, verified with the public key of the registration service."""

from __future__ import annotations

import time
from collections import OrderedDict
from functools import cached_property
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from messaging.contracts.types import Actor

from .problems import Problem, unavailable

ISSUER = AUDIENCE = "subvenue"
#: Verified tokens that are remembered until they expire: a signature costs as much as a whole cached answer.
REMEMBERED = 20_000


class Verifier:
    """Verifies tokens with the key in `key_file`, which may appear after the gateway has started."""

    def __init__(self, key_file: Path) -> None:
        self._key_file = key_file
        self._known: OrderedDict[str, tuple[Actor, float]] = OrderedDict()

    @cached_property
    def _key(self) -> Ed25519PublicKey:
        key = load_pem_public_key(self._key_file.read_bytes())
        if not isinstance(key, Ed25519PublicKey):
            raise ValueError("the public key of the tokens is not an Ed25519 key")
        return key

    @property
    def ready(self) -> bool:
        """Whether the key is there."""
        try:
            return self._key is not None
        except (OSError, ValueError):
            return False

    def actor(self, token: str) -> Actor:
        """The subject and roles of a valid token; 401 otherwise, and 503 while there is no key yet.

        The algorithm comes from here and the key from our file: headers of the token (`alg`, `jku`, `kid`)
        decide nothing.
        """
        if (known := self.known(token)) is not None:
            return known
        if not self.ready:
            raise unavailable("Tokens cannot be verified yet.")
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                self._key,
                algorithms=["EdDSA"],
                issuer=ISSUER,
                audience=AUDIENCE,
                # One from the future is a clock that was set back, and no forgery.
                options={"require": ["exp", "iat", "iss", "aud", "sub"], "verify_iat": False},
            )
        except jwt.ExpiredSignatureError as error:
            raise refused("The token has expired.") from error
        except jwt.PyJWTError as error:
            raise refused("The token is not valid.") from error
        roles = claims.get("roles", [])
        if not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
            raise refused("The token is not valid.")
        actor = Actor(id=str(claims["sub"]), roles=tuple(roles))
        self._known[token] = actor, float(claims["exp"])
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return actor

    def known(self, token: str) -> Actor | None:
        """The actor of a token that was found valid and has not expired since."""
        actor, expires = self._known.get(token, (None, 0.0))
        if actor is not None and expires <= time.time():
            del self._known[token]
            return None
        return actor


def refused(detail: str) -> Problem:
    """401 with the challenge of RFC 6750."""
    return Problem(401, "InvalidToken", detail, headers={"WWW-Authenticate": 'Bearer realm="subvenue"'})


def actor_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Actor | None:
    """The actor of the request's token, or None without one. A bad token is refused, even where none is needed."""
    authorization = connection.headers.get("authorization")
    if authorization is None:
        return None
    verifier: Verifier = connection.app.state.verifier
    return verifier.actor(bearer_in(authorization))


def bearer_in(authorization: str) -> str:
    """The token of an `Authorization` header; 401 when there is none in it."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise refused("The Authorization header must be: Bearer <token>.")
    return token.strip()


def signed_in(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Guard: the route needs a token."""
    if actor_of(connection) is None:
        raise refused("This needs an access token: register, and send it as Authorization: Bearer <token>.")
