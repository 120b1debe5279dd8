"""The gateway's server on real sockets: what memory answers, what the parser answers, and that it is the same."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import uvloop

from gateway.edge import connection as connection_module
from tests.integration.edge_server import Served, request, serving
from tests.unit.gateway_fakes import FakeBus, signed

SESSIONS = "/api/v1/sessions"
LONG = {
    "items": [{"id": f"ses_{n}", "title": {"en": "A session of the programme"}} for n in range(100)],
    "next": None,
}


def told(folder: Path, story: Callable[[Served], Awaitable[None]], **settings: object) -> None:
    """Run `story` with a gateway."""
    bus = FakeBus(
        {
            "streaming.list_sessions": {"items": [], "next": None},
            "streaming.get_session": {"id": "s1"},
            "streaming.start_session": {"id": "s1"},
            "registration.get_organisation": {"id": "o1"},
            "registration.get_me": {"id": "att-1"},
            "search.search": {"hits": [], "facets": {}, "total": 0, "next": None},
        }
    )

    async def whole() -> None:
        async with serving(bus, folder, **settings) as gateway:
            await story(gateway)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(whole())


def test_second_answer_comes_from_memory(tmp_path):
    """The same bytes and headers, nobody is asked, and each answer has an id of its own."""

    async def story(gateway: Served) -> None:
        first, second, third = [await gateway.ask(SESSIONS) for _ in range(3)]
        assert [one.headers["x-cache"] for one in (first, second, third)] == ["MISS", "HIT", "HIT"]
        assert len(gateway.bus.calls) == 1
        assert first.body == second.body == third.body
        assert len({one.headers["x-request-id"] for one in (first, second, third)}) == 3
        changing = {"x-cache", "x-request-id", "age", "date"}
        assert {k: v for k, v in first.headers.items() if k not in changing} == {
            k: v for k, v in second.headers.items() if k not in changing
        }
        assert int(second.headers["age"]) <= 2
        assert second.headers["cache-control"] == "public, no-cache"

    told(tmp_path, story)


def test_who_has_it_hears_304(tmp_path):
    """From memory, from the parser's side, and without a body; another tag gets the whole."""

    async def story(gateway: Served) -> None:
        tag = (await gateway.ask(SESSIONS)).headers["etag"]
        for extra in ({}, {"x_request_id": "by-the-parser"}):
            answer = await gateway.ask(SESSIONS, if_none_match=f'"other", {tag}', **extra)
            assert (answer.status, answer.headers["etag"]) == (304, tag)
            assert (await gateway.ask(SESSIONS, if_none_match='W/"other"', **extra)).status == 200

    told(tmp_path, story)


def test_head_is_a_get_without_its_body(tmp_path):
    """HEAD has the headers of GET, also its length."""

    async def story(gateway: Served) -> None:
        got, head = await gateway.ask(SESSIONS), await gateway.ask(SESSIONS, "HEAD")
        assert head.status == 200
        assert head.headers["content-length"] == got.headers["content-length"] == str(len(got.body))

    told(tmp_path, story)


def test_long_answers_are_squeezed_for_who_takes_it(tmp_path):
    """gzip on either way, never for who refuses it, and with one tag."""

    async def story(gateway: Served) -> None:
        gateway.bus.answers["streaming.list_sessions"] = LONG
        answers = [await gateway.ask(SESSIONS, accept_encoding="br, gzip") for _ in range(2)]
        for answer in answers:
            assert answer.headers["content-encoding"] == "gzip"
            assert json.loads(gzip.decompress(answer.body)) == LONG
        for refused in ("identity", "gzip;q=0", "deflate"):
            plain = await gateway.ask(SESSIONS, accept_encoding=refused)
            assert "content-encoding" not in plain.headers
            assert json.loads(plain.body) == LONG
            assert plain.headers["etag"] == answers[0].headers["etag"]

    told(tmp_path, story)


def test_who_wrote_reads_it(tmp_path):
    """After a write through this gateway nothing that it changed comes from memory."""

    async def story(gateway: Served) -> None:
        for address in (SESSIONS, f"{SESSIONS}/s1"):
            await gateway.ask(address)
            assert (await gateway.ask(address)).headers["x-cache"] == "HIT"
        assert (await gateway.ask(f"{SESSIONS}/s1/start", "POST", **auth())).status == 200
        for address in (SESSIONS, f"{SESSIONS}/s1"):
            assert (await gateway.ask(address)).headers["x-cache"] == "MISS"

    told(tmp_path, story)


def auth(**who: str) -> dict[str, str]:
    """The header of a token, for `ask`."""
    return {"authorization": signed(**who)["Authorization"]}


def test_what_depends_on_who_asks_is_kept_apart(tmp_path):
    """An organisation says whether the asker administers it: each gets their own, and nobody's is for all."""

    async def story(gateway: Served) -> None:
        ann, bob = auth(subject="ann"), auth(subject="bob")
        for who in (ann, bob, {}):
            outcomes = [(await gateway.ask("/api/v1/organisations/o1", **who)) for _ in range(2)]
            assert [one.headers["x-cache"] for one in outcomes] == ["MISS", "HIT"]
            assert outcomes[1].headers["cache-control"] == "private, no-cache"
        asked = [call[1].get("actor", {}).get("id") for call in gateway.bus.calls]
        assert asked == ["ann", "bob", None]
        for _ in range(2):
            assert (await gateway.ask("/api/v1/me", **ann)).headers["cache-control"] == "no-store"

    told(tmp_path, story)


def test_a_bad_token_is_refused_even_where_memory_has_the_answer(tmp_path):
    """401 as without a memory; a good one gets what everybody gets."""

    async def story(gateway: Served) -> None:
        await gateway.ask(SESSIONS)
        assert (await gateway.ask(SESSIONS, authorization="Bearer forged")).status == 401
        assert (await gateway.ask(SESSIONS, authorization="Basic YTpi")).status == 401
        expired = auth(exp=1)  # type: ignore[arg-type]
        assert (await gateway.ask(SESSIONS, **expired)).status == 401
        assert [(await gateway.ask(SESSIONS, **auth())).headers["x-cache"] for _ in range(2)] == ["HIT", "HIT"]

    told(tmp_path, story)


def test_nothing_new_while_the_bus_is_away(tmp_path):
    """What is kept is given and marked; what is not, is asked for and not kept."""

    async def story(gateway: Served) -> None:
        await gateway.ask(SESSIONS)
        gateway.bus.connected = False
        assert (await gateway.ask(SESSIONS)).headers["x-cache"] == "STALE"
        assert [(await gateway.ask(f"{SESSIONS}/s1")).headers["x-cache"] for _ in range(2)] == ["MISS", "MISS"]

    told(tmp_path, story)


@pytest.mark.parametrize("cut", [1, 4, 20, 30, 44, 60])
def test_requests_in_pieces_and_in_rows(tmp_path, cut):
    """However bytes arrive, each request gets its answer, in order."""

    async def story(gateway: Served) -> None:
        await gateway.ask(SESSIONS)
        connection = await gateway.connect()
        row = (
            request(SESSIONS)
            + request("/livez")
            + request(SESSIONS)
            + request(f"{SESSIONS}/s1")
            + request(SESSIONS)
        )
        await connection.send(row[:cut])
        await asyncio.sleep(0.02)
        await connection.send(row[cut:])
        bodies = [(await connection.answer()).body for _ in range(5)]
        assert bodies[1] == b"ok\n"
        assert bodies[0] == bodies[2] == bodies[4] != bodies[3]
        await connection.send(request(SESSIONS))
        assert (await connection.answer()).headers["x-cache"] == "HIT"

    told(tmp_path, story)


def test_bytes_that_are_no_request_harm_nobody(tmp_path):
    """They are refused, the connection ends, and the next client is served."""

    async def story(gateway: Served) -> None:
        for rubbish in (
            b"\0\1\2\r\n\r\n",
            b"GET /api/v1/sessions HTTP/1.1\r\n\r\n\r\n",
            b"GET /api/v1/s\0 HTTP/1.1\r\n\r\n",
        ):
            connection = await gateway.connect()
            await connection.send(rubbish)
            status, _ = await connection.head()
            assert status in (200, 400)
        assert (await gateway.ask(SESSIONS)).status == 200

    told(tmp_path, story)


def test_letters_that_should_have_been_encoded(tmp_path):
    """Chinese in a query, as a careless client sends it, means the same as encoded."""

    async def story(gateway: Served) -> None:
        assert (await gateway.ask("/api/v1/search?q=水凝胶")).status == 200
        assert gateway.bus.calls[0][1]["q"] == "水凝胶"
        assert (await gateway.ask("/页")).status == 404

    told(tmp_path, story)


def test_a_head_without_end_is_refused(tmp_path):
    """431 once it is longer than any honest one."""

    async def story(gateway: Served) -> None:
        connection = await gateway.connect()
        await connection.send(b"GET / HTTP/1.1\r\nx: " + b"y" * (connection_module.LONGEST_HEAD + 1))
        assert (await connection.head())[0] == 431

    told(tmp_path, story)


def test_a_client_that_says_nothing_is_let_go(tmp_path, monkeypatch):
    """Half a request, or none at all, does not hold a connection for ever."""
    monkeypatch.setattr(connection_module, "HALF", -1.0)
    monkeypatch.setattr("gateway.edge.serving.SWEEP", 0.05)

    async def story(gateway: Served) -> None:
        connection = await gateway.connect()
        await connection.send(b"GET /livez HT")
        assert await asyncio.wait_for(connection.reader.read(), 20) == b""

    told(tmp_path, story)


def test_stream_on_a_connection(tmp_path):
    """Events come as chunks, a client that comes back goes on where it was, and the end is an end."""

    async def story(gateway: Served) -> None:
        live = gateway.app.state.live
        connection = await gateway.connect()
        await connection.send(request("/api/v1/events?topics=sessions"))
        status, headers = await connection.head()
        assert (status, headers["transfer-encoding"]) == (200, "chunked")
        assert "x-request-id" in headers
        assert (await connection.chunk()).startswith(b"retry: ")
        live.tell("sessions", "s1", {"n": 1})
        first = await connection.chunk()
        assert first.endswith(b'event: sessions\ndata: [{"n":1}]\n\n')
        connection.writer.close()
        async with asyncio.timeout(20):
            while len(live):
                await asyncio.sleep(0.01)
        live.tell("sessions", "s1", {"n": 2})
        live.flush()
        again = await gateway.connect()
        last = first.split(b"\n")[0].removeprefix(b"id: ").decode()
        await again.send(request("/api/v1/events", last_event_id=last))
        await again.head()
        await again.chunk()
        assert b'data: [{"n":2}]' in await again.chunk()
        live.close()
        assert await again.chunk() == b""

    told(tmp_path, story)
