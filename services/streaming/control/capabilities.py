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

from messaging.contracts.streaming import NodeTicket, StageRole, StageTicket
from messaging.contracts.types import Actor
from services.streaming.domain.placement import Fallbacks, Node, Placement

GOOD_FOR_SECONDS = 300


class Capabilities(DependencyProvider):
    """Signs tickets; each worker of the service gets it as a dependency."""

    def setup(self) -> None:
        """Called by nameko: read the secret once."""
        settings = self.container.config["settings"]
        self._secret = Path(settings.capability_secret_file).read_bytes().strip()
        self.fallbacks: Fallbacks = settings.fallbacks

    def get_dependency(self, worker_ctx: Any) -> Capabilities:
        """Called by nameko for each worker."""
        return self

    def ticket(self, session_id: str, role: StageRole, actor: Actor | None, place: Placement) -> StageTicket:
        """A ticket for `actor`, who may be nobody in particular, to `role` in a session at `place`."""
        node, origin = place
        more = {"origin": {"node": origin.name, "url": origin.url}} if origin is not None else {}
        capability = self._signed(actor, session_id, role, node, **more)
        return StageTicket(node=node.name, url=node.url, capability=capability, session_id=session_id, role=role)

    def operating(self, actor: Actor, node: Node) -> NodeTicket:
        """A ticket to look into `node` and to end its peers."""
        return NodeTicket(node=node.name, url=node.url, capability=self._signed(actor, "", "operate", node))

    def _signed(self, actor: Actor | None, session_id: str, role: str, node: Node, **more: Any) -> str:
        claims = {
            "sub": actor.id if actor else "anonymous",
            "sid": session_id,
            "role": role,
            "node": node.name,
            "iss": "subvenue-streaming",
            "aud": "subvenue-media",
            "exp": int(time.time()) + GOOD_FOR_SECONDS,
        }
        return jwt.encode(claims | more, self._secret, algorithm="HS256")
