"""The routes of search beside the search itself: who may ask, and what the service is told."""

from __future__ import annotations

import pytest

from tests.unit.gateway_fakes import FakeBus, a_gateway, signed

OPERATOR = signed(subject="op-1", roles=("operator",))
ACTOR = {"id": "op-1", "roles": ["operator"]}


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    """A gateway for all tests of the module, and its bus."""
    bus = FakeBus()
    with a_gateway(bus, tmp_path_factory.mktemp("gateway")) as client:
        yield bus, client


def test_suggestions_are_for_everybody(gateway):
    """What was typed goes as it is; what is too long or too many is refused by name."""
    bus, client = gateway
    bus.forget({"search.suggest": {"items": []}})
    assert client.get("/api/v1/search/suggest?q=dian chi&type=vacancy&limit=3").json() == {"items": []}
    assert bus.calls == [("search.suggest", {"q": "dian chi", "type": "vacancy", "limit": 3})]
    for query, field in (("q=" + "x" * 101, "q"), ("limit=0", "limit"), ("limit=21", "limit"), ("type=x", "type")):
        answer = client.get(f"/api/v1/search/suggest?{query}")
        assert (answer.status_code, answer.json()["field"]) == (422, field)


def test_a_rebuild_is_for_operators(gateway):
    """401 without a token, 403 for an attendee; an operator's key makes a retry the same rebuild."""
    bus, client = gateway
    told = {"id": "rbd_1", "state": "waiting", "requested_at": "2026-11-24T12:00:00.000Z"}
    bus.forget({"search.rebuild_index": told, "search.get_rebuild": told})
    for method in ("GET", "POST"):
        assert client.request(method, "/api/v1/search/rebuild").status_code == 401
        assert client.request(method, "/api/v1/search/rebuild", headers=signed()).status_code == 403
    assert bus.calls == []
    keys = []
    for _ in range(2):
        asked = client.post("/api/v1/search/rebuild", headers={**OPERATOR, "Idempotency-Key": "k"})
        assert (asked.status_code, asked.json()) == (202, told)
        keys.append(bus.calls.pop()[1]["command_id"])
    assert keys[0] == keys[1]
    assert client.get("/api/v1/search/rebuild", headers=OPERATOR).json() == told
    assert bus.calls == [("search.get_rebuild", {"actor": ACTOR})]
