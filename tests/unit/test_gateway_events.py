"""The stream of events over HTTP, and what it tells. `test_edge_serving` has the stream on a real connection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from gateway.edge.cache import Cache
from gateway.edge.connection import STREAM
from gateway.events import EventStream
from gateway.push.live import GROUPS, Live
from gateway.push.news import TOPICS, handlers
from gateway.push.stream import Stream
from messaging.contracts.jobs import Vacancy, VacancyPosted
from messaging.contracts.search import DocumentsIndexed, IndexedDocument
from messaging.contracts.types import Bilingual
from messaging.envelope import wrap

VACANCY = Vacancy(
    id="v1",
    organisation_id="o1",
    organisation_name=Bilingual(en="An enterprise"),
    title=Bilingual(en="A post"),
    description=Bilingual(en="A long text"),
    sector="it",
    country="CN",
    openings=1,
    employment="full_time",
    status="open",
    posted_at="2026-01-01T00:00:00Z",
    version=1,
)


class Browser(asyncio.Transport):
    """An ASGI client of a stream, and the transport that is handed over: what was sent, and how it ended."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[dict[str, Any]] = []
        self.streamed = b""
        self.closed = self.aborted = False
        self.stream: Stream | None = None

    async def receive(self) -> dict[str, Any]:
        raise AssertionError("a stream receives nothing")

    async def send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)

    def hand_over(self, protocol_of: Callable[[asyncio.Transport], Stream]) -> Stream:
        self.stream = protocol_of(self)
        return self.stream

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None: ...

    def write(self, data: Any) -> None:
        self.streamed += data

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.aborted = True

    @property
    def start(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.sent)

    async def open(self, live: Live, last: str | None = None) -> Stream:
        scope: Any = {"type": "http", "extensions": {STREAM: self.hand_over}}
        await EventStream(live, TOPICS, last)(scope, self.receive, self.send)  # type: ignore[arg-type]
        assert self.stream is not None
        return self.stream


async def settle() -> None:
    for _ in range(GROUPS + 2):
        await asyncio.sleep(0)


def test_stream_from_start_to_end():
    """Headers, a time to come back, an id, then news in chunks; when the browser leaves nothing is left behind."""

    async def scenario():
        live, browser = Live(), Browser()
        stream = await browser.open(live)
        assert dict(browser.sent[0]["headers"])[b"content-type"].startswith(b"text/event-stream")
        assert browser.start.startswith(b"retry: ")
        assert b"\nid: " in browser.start
        live.tell("sessions", "s1", {"id": "s1"})
        live.flush()
        await settle()
        size, _, rest = browser.streamed.partition(b"\r\n")
        assert len(rest) == int(size, 16) + 2
        assert rest.endswith(b'event: sessions\ndata: [{"id":"s1"}]\n\n\r\n')
        stream.connection_lost(None)
        return len(live)

    assert asyncio.run(scenario()) == 0


def test_unknown_last_event_id_resets():
    """A browser whose place is lost is told so at once, and shown the latest."""

    async def scenario():
        live, browser = Live(), Browser()
        live.tell("sessions", "s1", {"id": "s1"})
        live.flush()
        await browser.open(live, "another-process-7")
        return browser.start

    start = asyncio.run(scenario())
    assert b"event: reset\n" in start
    assert start.endswith(b'event: sessions\ndata: [{"id":"s1"}]\n\n')


def test_stream_ends_in_order():
    """At the end of the process a stream gets its last chunk, so that the browser comes back."""

    async def scenario():
        live, browser = Live(), Browser()
        await browser.open(live)
        live.close()
        return browser.streamed, browser.closed

    assert asyncio.run(scenario()) == (b"0\r\n\r\n", True)


def test_full_stream_is_left_alone_and_catches_up():
    """Nothing is written to a full connection; once it takes more, it gets what it lacks."""

    async def scenario():
        live, browser = Live(), Browser()
        stream = await browser.open(live)
        stream.pause_writing()
        live.tell("sessions", "s1", {"n": 1})
        live.flush()
        await settle()
        before = browser.streamed
        stream.resume_writing()
        return before, browser.streamed

    before, after = asyncio.run(scenario())
    assert before == b""
    assert b'{"n":1}' in after


def test_what_browsers_are_told():
    """A vacancy only by id and version; indexed documents whole."""

    async def scenario():
        live, browser = Live(), Browser()
        await browser.open(live)
        posted = VacancyPosted(vacancy=VACANCY)
        indexed = DocumentsIndexed(documents=(IndexedDocument(id="v1", type="vacancy", version=1),))
        for event, aggregate in ((posted, "v1"), (indexed, "search")):
            await handlers(live, Cache(0))[type(event)](wrap(event, aggregate=aggregate, seq=1), event)
        live.flush()
        await settle()
        return browser.streamed.decode()

    body = asyncio.run(scenario())
    assert '"type":"jobs.vacancy_posted.v1","id":"v1","version":1' in body
    assert "A long text" not in body
    assert '"data":{"documents":[{"id":"v1","type":"vacancy","version":1}]}' in body
