"""The stream of events over HTTP."""

from __future__ import annotations

import asyncio
from typing import Any

from gateway.events import EventStream
from gateway.live import Live
from gateway.news import TOPICS, handlers
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


class Browser:
    """An ASGI client of a stream: what was sent to it, and when it leaves."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.left = asyncio.Event()

    async def receive(self) -> dict[str, Any]:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.sent)

    def open(self, live: Live, last: str | None = None) -> asyncio.Task[None]:
        stream = EventStream(live, TOPICS, last)
        return asyncio.create_task(stream({"type": "http"}, self.receive, self.send))  # type: ignore[typeddict-item]


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_stream_from_start_to_end():
    """Headers, a time to come back, an id, then news; when the browser leaves nothing is left behind."""

    async def scenario():
        live, browser = Live(), Browser()
        stream = browser.open(live)
        await settle()
        assert dict(browser.sent[0]["headers"])[b"content-type"].startswith(b"text/event-stream")
        assert browser.body.startswith(b"retry: ")
        assert b"\nid: " in browser.body
        live.tell("sessions", "s1", {"id": "s1"})
        live.flush()
        await settle()
        assert browser.body.endswith(b'event: sessions\ndata: [{"id":"s1"}]\n\n')
        browser.left.set()
        await stream
        return len(live.clients)

    assert asyncio.run(scenario()) == 0


def test_unknown_last_event_id_resets():
    """A browser whose place is lost is told so at once."""

    async def scenario():
        live, browser = Live(), Browser()
        stream = browser.open(live, "another-process-7")
        await settle()
        browser.left.set()
        await stream
        return browser.body

    assert b"event: reset\n" in asyncio.run(scenario())


def test_dropped_stream_ends():
    """The stream of a dropped client ends, so that the browser comes back."""

    async def scenario():
        live, browser = Live(), Browser()
        stream = browser.open(live)
        await settle()
        live.close()
        await asyncio.wait_for(stream, 5)
        return len(live.clients)

    assert asyncio.run(scenario()) == 0


def test_what_browsers_are_told():
    """A vacancy only by id and version; indexed documents whole."""

    async def scenario():
        live, browser = Live(), Browser()
        browser.open(live)
        await settle()
        posted = VacancyPosted(vacancy=VACANCY)
        indexed = DocumentsIndexed(documents=(IndexedDocument(id="v1", type="vacancy", version=1),))
        for event, aggregate in ((posted, "v1"), (indexed, "search")):
            await handlers(live)[type(event)](wrap(event, aggregate=aggregate, seq=1), event)
        live.flush()
        await settle()
        return browser.body.decode()

    body = asyncio.run(scenario())
    assert '"type":"jobs.vacancy_posted.v1","id":"v1","version":1' in body
    assert "A long text" not in body
    assert '"data":{"documents":[{"id":"v1","type":"vacancy","version":1}]}' in body
