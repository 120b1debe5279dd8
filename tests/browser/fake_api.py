"""A small stand-in for the gateway, in memory: the page can be tested without a broker or a store.

It serves ``web/`` under the gateway's content security policy and answers in the gateway's shapes. It runs in a
thread of its own; a test changes what it holds, and the page hears of it by server-sent events.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aiohttp import web

from gateway.observing import SECURITY_HEADERS

from . import fake_data
from .fake_answers import Refusal, found, page, problems, signed_in
from .fake_desk import FakeDesk
from .fake_playback import FakePlayback
from .fake_search import search, suggest

API = "/api/v1"
WEB = Path(__file__).parents[2] / "web"


class FakeApi:
    """What the fake holds, and the routes over it."""

    def __init__(self) -> None:
        self.sessions = fake_data.sessions()
        self.documents = fake_data.documents()
        self.desk = FakeDesk(self.documents)
        self.playback = FakePlayback()
        self.address = ""
        self._listeners: set[asyncio.Queue[bytes | None]] = set()
        self._loop = asyncio.new_event_loop()

    # -- for tests --------------------------------------------------------------------------------

    def change_session(self, session_id: str, *, told: bool = True, **changes: Any) -> None:
        """A session changes, and every listener hears of it unless it is not `told`."""
        session = self.sessions[session_id]
        session |= {"version": session["version"] + 1} | changes
        if told:
            message = {"type": "streaming.session_changed.v1", "id": session_id, "data": {"session": session}}
            self._tell(f"event: sessions\ndata: {json.dumps([message])}\n\n".encode())

    def reset(self) -> None:
        """Every listener is asked to fetch everything anew."""
        self._tell(b"event: reset\ndata: {}\n\n")

    @contextmanager
    def serving(self) -> Iterator[FakeApi]:
        """The server on a free port of 127.0.0.1, in a thread, for the time of the block."""
        runner = web.AppRunner(self._app(), shutdown_timeout=0.5)
        thread = threading.Thread(target=self._loop.run_forever, name="fake-api")
        thread.start()
        try:
            self._run(self._start(runner))
            yield self
        finally:
            self._tell(None)
            self._run(runner.cleanup())
            self._loop.call_soon_threadsafe(self._loop.stop)
            thread.join(10)
            self._loop.close()

    # -- the server -------------------------------------------------------------------------------

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    def _tell(self, frame: bytes | None) -> None:
        async def put() -> None:
            for listener in self._listeners:
                listener.put_nowait(frame)

        self._run(put())

    async def _start(self, runner: web.AppRunner) -> None:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        self.address = f"http://{host}:{port}/"

    def _app(self) -> web.Application:
        app = web.Application(middlewares=[problems])
        app.on_response_prepare.append(_secure)
        app.add_routes(
            [
                web.get("/", self._index),
                web.get(f"{API}/events", self._events),
                web.get(f"{API}/sub-venues", self._venues),
                web.get(f"{API}/sessions", self._sessions),
                web.get(f"{API}/sessions/{{id}}", self._session),
                web.post(f"{API}/sessions/{{id}}/whep", self._watch),
                web.post(f"{API}/sessions/{{id}}/whip", self._publish),
                web.get(f"{API}/search", self._search),
                web.get(f"{API}/search/suggest", self._suggest),
                *self.desk.routes(API),
                *self.playback.routes(API),
                web.static("/", WEB),
            ]
        )
        return app

    async def _index(self, request: web.Request) -> web.FileResponse:
        return web.FileResponse(WEB / "index.html")

    async def _events(self, request: web.Request) -> web.StreamResponse:
        stream = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await stream.prepare(request)
        await stream.write(b"retry: 200\n\n")
        listener: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._listeners.add(listener)
        try:
            while (frame := await listener.get()) is not None:
                await stream.write(frame)
        finally:
            self._listeners.discard(listener)
        return stream

    async def _venues(self, request: web.Request) -> web.Response:
        return page(fake_data.venues())

    async def _sessions(self, request: web.Request) -> web.Response:
        return page(list(self.sessions.values()))

    async def _session(self, request: web.Request) -> web.Response:
        return web.json_response(found(self.sessions.get(request.match_info["id"])))

    async def _watch(self, request: web.Request) -> web.Response:
        if self.playback.is_deaf:
            answer = await request.text()  # a description is taken, and then nothing is ever heard
            return web.Response(status=201, text=answer, headers={"Location": f"{request.path}/peer"})
        raise Refusal(409, "stage-empty", "Nobody publishes in the session yet.")

    async def _publish(self, request: web.Request) -> web.Response:
        signed_in(request)
        raise Refusal(403, "not-allowed", "Only presenters of the session may publish.")

    async def _suggest(self, request: web.Request) -> web.Response:
        return web.json_response(suggest(self.documents, request.query))

    async def _search(self, request: web.Request) -> web.Response:
        return web.json_response(search(self.documents, request.query))


async def _secure(request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update({name.decode(): value.decode() for name, value in SECURITY_HEADERS})
