"""Operators, and nobody else, look at parked messages through the gateway."""

from __future__ import annotations

import pytest

from messaging.on_asyncio import BusUnavailable
from messaging.parked import NoOrigin, NotParked
from messaging.parked.message import describe, in_full
from tests.unit.gateway_fakes import FakeBus, a_gateway, signed

PARKED = describe("search", {"x-subvenue-reason": "KeyError: 'x'", "x-subvenue-origin-queue": "evt-q"}, b"\xff")
OPERATOR = signed(subject="op-1", roles=("operator",))
ROUTES = [
    ("GET", ""),
    ("GET", "/search"),
    ("GET", f"/search/{PARKED.id}"),
    ("POST", f"/search/{PARKED.id}/replay"),
    ("DELETE", f"/search/{PARKED.id}"),
]
ONE = ROUTES[2:]


class FakeParked:
    """One message is parked by search; `error`, when set, is what every operation meets."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.done: list[str] = []

    async def count(self, service: str) -> int:
        self._note("count")
        return int(service == "search")

    async def list(self, service: str, limit: int):
        self._note("list")
        return [PARKED]

    async def show(self, service: str, id: str):
        self._note("show", id)
        return in_full(PARKED, b"\xff")

    async def replay(self, service: str, id: str):
        self._note("replay", id)
        return PARKED

    async def discard(self, service: str, id: str):
        self._note("discard", id)
        return PARKED

    def _note(self, operation: str, id: str = PARKED.id) -> None:
        if self.error is not None:
            raise self.error
        assert id == PARKED.id
        self.done.append(operation)


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """A gateway and the parked messages it is given."""
    parked = FakeParked()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gateway.app.ParkedMessages", lambda url: parked)
        with a_gateway(FakeBus(), tmp_path_factory.mktemp("gateway")) as client:
            yield client, parked


@pytest.fixture
def gateway(opened):
    """As new."""
    client, parked = opened
    parked.error, parked.done = None, []
    return client, parked


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_only_operators(gateway, method, path):
    """401 without a token, 403 for others, and nothing is done for either."""
    client, parked = gateway
    assert client.request(method, f"/api/v1/parked{path}").status_code == 401
    assert client.request(method, f"/api/v1/parked{path}", headers=signed()).status_code == 403
    assert parked.done == []
    assert client.request(method, f"/api/v1/parked{path}", headers=OPERATOR).status_code == 200
    assert parked.done


def test_what_an_operator_sees(gateway):
    """Counts of every service, then what is parked and why, then the bytes."""
    client, _ = gateway
    counts = client.get("/api/v1/parked", headers=OPERATOR).json()["items"]
    assert {one["service"]: one["count"] for one in counts} == {
        "registration": 0, "jobs": 0, "search": 1, "streaming": 0,
    }  # fmt: skip
    (listed,) = client.get("/api/v1/parked/search?limit=5", headers=OPERATOR).json()["items"]
    assert listed["id"] == PARKED.id
    assert (listed["reason"], listed["origin"]) == ("KeyError: 'x'", "evt-q")
    shown = client.get(f"/api/v1/parked/search/{PARKED.id}", headers=OPERATOR).json()
    assert (shown["body"], shown["text"]) == ("/w==", None)


@pytest.mark.parametrize(("method", "path"), ONE)
@pytest.mark.parametrize(
    ("error", "status"),
    [(NotParked("gone"), 404), (NoOrigin("there is no queue q"), 409), (BusUnavailable("away"), 503)],
)
def test_what_goes_wrong_is_a_problem(gateway, method, path, error, status):
    """404 when it is not there, 409 when its queue is not, 503 when the broker is not."""
    client, parked = gateway
    parked.error = error
    response = client.request(method, f"/api/v1/parked{path}", headers=OPERATOR)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"


def test_an_unknown_service_is_refused(gateway):
    """Only names of services lead to a queue."""
    client, parked = gateway
    assert client.get("/api/v1/parked/nobody", headers=OPERATOR).status_code in (404, 422)
    assert parked.done == []
