"""Gives the workers of the service its `Tokens`."""

from __future__ import annotations

from typing import Any

from nameko.extensions import DependencyProvider

from .tokens import Tokens


class Signing(DependencyProvider):
    """`Tokens`, with the key read once when the service starts."""

    def setup(self) -> None:
        """Called by nameko."""
        settings = self.container.config["settings"]
        self._tokens = Tokens(settings.token_private_key_file, settings.token_ttl)

    def get_dependency(self, worker_ctx: Any) -> Tokens:
        """Called by nameko for each worker."""
        return self._tokens
