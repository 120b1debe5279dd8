"""Capabilities: short-lived tokens that let one peer into one session in one role, on one media node.

JWTs under a secret that only control and the media nodes share (RFC 7519); the media node checks them without
asking anybody.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import jwt
from nameko.extensions import DependencyProvider

from messaging.contracts.streaming import StageRole, StageTicket
from messaging.contracts.types import Actor
from services.streaming.domain.placement import Node

GOOD_FOR_SECONDS = 300


class Capabilities(DependencyProvider):
    """Signs tickets; each worker of the service gets it as a dependency."""

    def setup(self) -> None:
        """Called by nameko: read the secret once."""
        self._secret = Path(self.container.config["settings"].capability_secret_file).read_bytes().strip()

    def get_dependency(self, worker_ctx: Any) -> Capabilities:
        """Called by nameko for each worker."""
        return self

    def ticket(self, session_id: str, role: StageRole, actor: Actor | None, node: Node) -> StageTicket:
        """A ticket for `actor`, who may be nobody in particular, to `role` in a session on `node`."""
        claims = {
            "sub": actor.id if actor else "anonymous",
            "sid": session_id,
            "role": role,
            "node": node.name,
            "iss": "subvenue-streaming",
            "aud": "subvenue-media",
            "exp": int(time.time()) + GOOD_FOR_SECONDS,
        }
        capability = jwt.encode(claims, self._secret, algorithm="HS256")
        return StageTicket(node=node.name, url=node.url, capability=capability, session_id=session_id, role=role)
