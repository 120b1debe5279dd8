"""Around the application: what is kept is answered here, and what changes something drops what it changed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from gateway.problems import Problem
from gateway.tokens import Verifier, bearer_in

from . import rules
from .answers import Answer, Header, headers_of
from .cache import Cache, Key
from .limits import Rates, lane_of, refuse, too_many

#: Headers of a request that must not shape an answer which others get too.
_PERSONAL = {b"if-none-match", b"if-modified-since", b"range", b"accept-encoding", b"cookie"}
READING = {"GET", "HEAD"}


class Edge:
    """The application with a memory."""

    def __init__(
        self,
        app: ASGIApp,
        cache: Cache,
        verifier: Verifier,
        connected: Callable[[], bool],
        *,
        origins: bool = False,
        per_token: float = 0.0,
        per_address: float = 0.0,
    ) -> None:
        self._app = app
        self.cache = cache
        self.verifier = verifier
        self.connected = connected
        self.origins = origins  # whether answers depend on `Origin`
        self._per_token, self._per_address = Rates(per_token), Rates(per_address)
        self.limited = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from memory where a rule allows it; pass everything else on."""
        if scope["type"] == "http":
            request = cast(HTTPScope, scope)
            read = rules.read_at(request["path"]) if request["method"] in READING else None
            if read is not None:
                await self._read(read, request, receive, send)
                return
            if (wait := self._wait(request)) > 0:
                await refuse(too_many(wait), scope, send)
                return
            if request["method"] not in READING:
                send = self._dropping(request["path"], send)
        await self._app(scope, receive, send)

    def _dropping(self, path: str, send: Send) -> Send:
        """`send` that drops what the write changed before the client hears of it.

        Also after a failure: what was not answered in time may have been done.
        """

        async def dropping(message: Message) -> None:
            if message["type"] == "http.response.start" and not 400 <= message["status"] < 500:
                self.cache.drop(*rules.dropped_by_write(path))
            await send(message)

        return dropping

    async def _read(self, read: rules.Read, scope: HTTPScope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        try:
            actor_id = self.actor_id(headers.get(b"authorization"))
        except Problem:
            await self._app(scope, receive, send)  # which refuses it in its own words
            return
        key = self.key(scope, headers, read.scope(actor_id))
        if self.cache.get(key) is None and (wait := self._wait(scope)) > 0:
            await refuse(too_many(wait), scope, send)
            return
        connected = self.connected()
        answer, outcome = await self.cache.answer(
            key, rules.filed_under(scope["path"]), lambda: self._ask(read, scope), keep=connected
        )
        if outcome == "HIT" and not connected:
            outcome = "STALE"
        self.cache.counts.outcomes[outcome] += 1
        scope["path_template"] = answer.route
        await self._give(answer, outcome, read, headers, scope, send)

    def _wait(self, scope: HTTPScope) -> float:
        """Seconds until this client may ask; who has shown a good token before is known by it, not by address."""
        if lane_of(scope["path"]) is None:
            return 0.0
        authorization = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
        actor = self.verifier.known(authorization[7:].strip().decode("latin-1"))
        if actor is not None:
            wait = self._per_token.wait(actor.id)
        else:
            wait = self._per_address.wait(str((scope["client"] or ("",))[0]))
        self.limited += wait > 0
        return wait

    def actor_id(self, authorization: bytes | None) -> str:
        """Who asks; `NOBODY` without a token. Raises `Problem` when the token is refused."""
        if authorization is None:
            return rules.NOBODY
        return self.verifier.actor(bearer_in(authorization.decode("latin-1"))).id

    def key(self, scope: HTTPScope, headers: dict[bytes, bytes], whom: str) -> Key:
        """The request's address, byte for byte, and to whom the answer may be given."""
        target = scope["raw_path"]
        if scope["query_string"]:
            target += b"?" + scope["query_string"]
        if self.origins and (origin := headers.get(b"origin")):
            target += b"\n" + origin
        return target, whom

    async def _ask(self, read: rules.Read, scope: HTTPScope) -> Answer:
        """What the application answers. Where the answer is for everybody, it does not learn who asks."""
        hidden = _PERSONAL if read.per_actor else _PERSONAL | {b"authorization"}
        asked: Any = {
            **scope,
            "method": "GET",
            "headers": [(name, value) for name, value in scope["headers"] if name not in hidden],
            "state": dict(scope.get("state") or {}),
        }
        heard = _Heard()
        await self._app(asked, _no_body, heard.send)
        return Answer(heard.status, heard.headers, bytes(heard.body), route=asked.get("path_template") or "none")

    async def _give(
        self,
        answer: Answer,
        outcome: str,
        read: rules.Read,
        headers: dict[bytes, bytes],
        scope: HTTPScope,
        send: Send,
    ) -> None:
        """Send `answer` in the form that this client takes."""
        if answer.status != 200:
            told, status, body = answer.headers, answer.status, answer.body
        else:
            squeezed = answer.squeezable and takes_gzip(headers.get(b"accept-encoding", b""))
            age = self.cache.age(answer)
            told = headers_of(answer, private=read.per_actor, outcome=outcome, age=age, squeezed=squeezed)
            status, body = 200, answer.squeezed if squeezed else answer.body
            if answer.matches(headers.get(b"if-none-match", b"")):
                self.cache.counts.not_modified += 1
                status, body = 304, b""
        if status != 304:
            told = [*told, (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": status, "headers": told})
        body = b"" if scope["method"] == "HEAD" else body
        await send({"type": "http.response.body", "body": body, "more_body": False})


class _Heard:
    """What the application sends."""

    def __init__(self) -> None:
        self.status = 500
        self.headers: list[Header] = []
        self.body = bytearray()

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], list(message.get("headers", ()))
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")


async def _no_body() -> Any:
    """What the application receives for a question that several wait for: it has no body, and nobody leaves."""
    await asyncio.sleep(0)
    return {"type": "http.request", "body": b"", "more_body": False}


def takes_gzip(accept_encoding: bytes) -> bool:
    """Whether `Accept-Encoding` names gzip and does not refuse it with ``q=0``."""
    for coding in accept_encoding.lower().split(b","):
        name, _, weight = coding.partition(b";")
        if name.strip() == b"gzip":
            return weight.replace(b" ", b"") not in (b"q=0", b"q=0.0", b"q=0.00", b"q=0.000")
    return False
