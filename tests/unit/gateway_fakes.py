"""A gateway without a broker: its bus is a table of answers."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from litestar.testing import TestClient

from gateway.app import build, edge_of
from gateway.observing import Observed
from gateway.settings import Settings
from messaging import tracing
from messaging.on_asyncio import UnknownService

SIGNING_KEY = Ed25519PrivateKey.generate()


@dataclass
class FakeListener:
    """A listener whose consumer is confirmed."""

    active: bool = True


@dataclass
class FakeBus:
    """Answers calls from `answers` ("service.method" to a value or an exception) and keeps them in `calls`."""

    answers: dict[str, Any] = field(default_factory=dict)
    connected: bool = True
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    options: list[dict[str, Any]] = field(default_factory=list)
    listener: FakeListener = field(default_factory=FakeListener)

    def forget(self, answers: dict[str, Any] | None = None) -> FakeBus:
        """As new, with other answers: a gateway takes longer to build than to ask."""
        self.answers, self.calls, self.options, self.connected = answers or {}, [], [], True
        return self

    async def call(self, service: str, method: str, kwargs: Mapping[str, Any], **options: Any) -> Any:
        """The answer in the table."""
        self.calls.append((f"{service}.{method}", dict(kwargs)))
        trace = {"correlation_id": tracing.correlation_id.get(), "traceparent": tracing.traceparent.get()}
        self.options.append({**options, **trace})
        answer = self.answers.get(f"{service}.{method}", UnknownService(f"{service}.{method}"))
        if isinstance(answer, Exception):
            raise answer
        return answer

    def on_reconnect(self, callback: Any) -> None:
        """Nothing ever reconnects."""

    @asynccontextmanager
    async def listening(self, handlers: Any, queue: str | None = None) -> Any:
        """Nothing ever happens."""
        yield self.listener


@contextmanager
def a_gateway(bus: FakeBus, folder: Path, media: Any = None, **settings: Any) -> Iterator[TestClient[Any]]:
    """A running gateway with `bus`, its key file in `folder`, perhaps with media nodes. It remembers no answers,
    unless `cache_bytes` says so."""
    key_file = folder / "token.pub"
    key_file.write_bytes(SIGNING_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))

    @asynccontextmanager
    async def open_bus(_: Settings) -> Any:
        yield bus

    settings = {"cache_bytes": 0, **settings}
    app = build(Settings(amqp_url="", public_key_file=key_file, **settings), open_bus)
    with TestClient(Observed(edge_of(app), app.state.metrics), raise_server_exceptions=False) as client:
        if media is not None:
            app.state.media = media
        yield client


def a_token(
    subject: str = "att-1", roles: tuple[str, ...] = ("attendee",), key: Any = SIGNING_KEY, **claims: Any
) -> str:
    """A token as registration would sign it; `claims` replace its own."""
    now = int(time.time())
    payload = {
        "sub": subject,
        "roles": list(roles),
        "iss": "subvenue",
        "aud": "subvenue",
        "iat": now,
        "exp": now + 60,
    }
    return jwt.encode({**payload, **claims}, key, algorithm="EdDSA")


def signed(**kwargs: Any) -> dict[str, str]:
    """The Authorization header of `a_token`."""
    return {"Authorization": f"Bearer {a_token(**kwargs)}"}
