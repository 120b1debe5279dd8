"""Checks the capability that streaming control signs for one session and role (see `StageTicket`)."""

from __future__ import annotations

import time
from typing import Literal

import jwt
import msgspec

ISSUER, AUDIENCE = "subvenue-streaming", "subvenue-media"
_RELAY_TTL = 60  # s
_REQUIRED = ["exp", "iss", "aud", "sub", "sid", "role", "node"]


class Origin(msgspec.Struct, frozen=True):
    """The node that a session is pulled from, and the address of its HTTP."""

    node: str
    url: str


class Capability(msgspec.Struct, frozen=True):
    """What the bearer may do: `role` in session `sid` on `node`. `sub` is the actor.

    "relay" is another node that passes the session on, "operate" an operator, for no session in particular.
    `origin` is where this node gets the session from, if it is not published here.
    """

    sub: str
    sid: str
    role: Literal["publish", "watch", "relay", "operate"]
    node: str
    origin: Origin | None = None


class InvalidCapability(Exception):
    """Missing, forged, expired or malformed: 401."""


class WrongCapability(Exception):
    """Genuine, but for another session, role or node: 403."""


class Capabilities:
    """The gate of one node."""

    def __init__(self, secret: bytes, node: str) -> None:
        self._secret, self._node = secret, node

    def to_relay(self, session_id: str, origin: str) -> str:
        """A capability of this node's own, to pull a session from the node called `origin`."""
        claims = {
            "sub": self._node,
            "sid": session_id,
            "role": "relay",
            "node": origin,
            "iss": ISSUER,
            "aud": AUDIENCE,
            "exp": int(time.time()) + _RELAY_TTL,
        }
        return jwt.encode(claims, self._secret, algorithm="HS256")

    def check(self, authorization: str, session_id: str, role: str, *, expired: bool = False) -> Capability:
        """The capability in an Authorization header. Raises `InvalidCapability` or `WrongCapability`.

        With `expired`, one that has run out still counts: who was let in for five minutes may leave after an hour.
        """
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise InvalidCapability("a capability is needed: Authorization: Bearer <capability>")
        try:
            claims = jwt.decode(
                token.strip(),
                self._secret,
                algorithms=["HS256"],
                issuer=ISSUER,
                audience=AUDIENCE,
                options={"require": _REQUIRED, "verify_exp": not expired},
            )
            capability = msgspec.convert(claims, Capability)
        except jwt.ExpiredSignatureError as error:
            raise InvalidCapability("the capability has expired") from error
        except (jwt.InvalidTokenError, msgspec.ValidationError) as error:
            raise InvalidCapability("the capability is not valid") from error
        self._must_fit(capability, session_id, role)
        return capability

    def _must_fit(self, capability: Capability, session_id: str, role: str) -> None:
        if capability.sid != session_id:
            raise WrongCapability("the capability is for another session")
        if capability.role != role and (capability.role, role) != ("relay", "watch"):
            raise WrongCapability(f"the capability is to {capability.role}, not to {role}")
        if capability.node != self._node:
            raise WrongCapability("the capability is for another media node")
