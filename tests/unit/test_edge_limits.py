"""Too much is refused at once, told when to come again, and takes nothing from the others."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.edge import limits
from gateway.edge.limits import BURST, Lanes, Rates, lane_of
from tests.unit.gateway_fakes import FakeBus, a_gateway, signed


@given(st.lists(st.floats(0, 5), min_size=1, max_size=200), st.floats(0.05, 50))
def test_nobody_gets_more_than_the_rate(pauses: list[float], rate: float) -> None:
    """However requests are spread, those let through are at most the burst and the rate over the time passed;
    who is told to wait and waits so long is let through."""
    now = 0.0
    rates = Rates(rate, clock=lambda: now)
    for passed, pause in enumerate(pauses, start=1):
        now += pause
        wait = rates.wait("one")
        if wait:
            now += wait * 1.001
            assert rates.wait("one") == 0.0
        assert passed <= max(1.0, rate * BURST) + rate * now + 1


def test_clients_do_not_share_a_measure(monkeypatch):
    """One who asks too often hinders nobody else; the number of those remembered is bounded."""
    monkeypatch.setattr(limits, "CLIENTS", 10)
    rates = Rates(1.0, clock=lambda: 0.0)
    assert [rates.wait("loud") > 0 for _ in range(12)] == [False] * 10 + [True] * 2
    assert rates.wait("quiet") == 0.0
    for number in range(50):
        rates.wait(str(number))
    assert len(rates._left) == 10


def test_no_limit_is_no_limit():
    """A rate of 0 lets everything through."""
    assert not any(Rates(0.0).wait("one") for _ in range(10_000))


@pytest.mark.parametrize(
    ("path", "lane"),
    [("/api/v1/vacancies/v1", "vacancies"), ("/livez", None), ("/", None), ("/api/v1/sub-venues", "other")],
)
def test_lanes(path, lane):
    """Work is sorted by the first part of its path; what is no work is in no lane."""
    assert lane_of(path) == lane


def test_a_full_lane_refuses_and_the_others_go_on():
    """503 with a time to come again, while other lanes and health are served; a place that is free is given."""

    async def story() -> list[int]:
        go = asyncio.Event()

        async def app(scope: Any, receive: Any, send: Any) -> None:
            if scope["path"].startswith("/api/v1/vacancies"):
                await go.wait()
            await send({"type": "http.response.start", "status": 200, "headers": []})

        lanes, statuses = Lanes(app, 2), []

        async def ask(path: str) -> None:
            async def send(message: Any) -> None:
                if message["type"] == "http.response.start":
                    statuses.append(message["status"])
                    if message["status"] == 503:
                        assert dict(message["headers"])[b"retry-after"] in (b"1", b"2", b"3")

            await lanes({"type": "http", "path": path}, None, send)  # type: ignore[arg-type,typeddict-item]

        waiting = [asyncio.create_task(ask("/api/v1/vacancies/v")) for _ in range(2)]
        await asyncio.sleep(0)
        for path in ("/api/v1/vacancies/w", "/api/v1/attendees", "/livez"):
            await ask(path)
        go.set()
        await asyncio.gather(*waiting)
        await ask("/api/v1/vacancies/w")
        assert set(lanes.under_way.values()) == {0}
        return statuses

    assert asyncio.run(story()) == [503, 200, 200, 200, 200, 200]


def test_a_client_that_asks_too_often_hears_429(tmp_path):
    """By its token once it is known, else by its address; what memory has is free."""
    bus = FakeBus({"registration.get_me": {"id": "att-1"}, "streaming.list_sessions": {"items": [], "next": None}})
    with a_gateway(bus, tmp_path, rate_per_token=0.2, rate_per_address=0.2, cache_bytes=10**6) as client:
        client.get("/api/v1/me", headers=signed())  # by address: the token is new
        answers = [client.get("/api/v1/me", headers=signed_once) for signed_once in [signed()] * 4]
        assert [answer.status_code for answer in answers][-1] == 429
        assert answers[-1].json()["type"] == "urn:subvenue:problem:too-many-requests"
        assert int(answers[-1].headers["Retry-After"]) >= 1
        assert "x-request-id" in answers[-1].headers
        assert client.get("/api/v1/sessions").status_code == 200
        assert client.get("/api/v1/nothing").status_code == 429
        assert client.get("/api/v1/sessions").status_code == 200
        assert client.get("/livez").status_code == 200
