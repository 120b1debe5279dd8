"""The Idempotency-Key header becomes the command's id, within one actor and one route."""

from __future__ import annotations

import pytest

from gateway.idempotency import command_id
from tests.unit.gateway_fakes import FakeBus, a_gateway, signed


def test_same_key_same_id():
    """A retry has the id of the first attempt."""
    assert command_id("k", "att-1", "POST", "/p") == command_id("k", "att-1", "POST", "/p")


@pytest.mark.parametrize(
    "other",
    [
        ("k2", "att-1", "POST", "/p"),
        ("k", "att-2", "POST", "/p"),
        ("k", None, "POST", "/p"),
        ("k", "att-1", "POST", "/q"),
    ],
)
def test_other_actor_route_or_key_is_another_command(other):
    """Nobody else's key, and no other route's, means the same command."""
    assert command_id(*other) != command_id("k", "att-1", "POST", "/p")


def test_no_key_is_always_new():
    """Without a key every request is a command of its own."""
    assert command_id(None, "att-1", "POST", "/p") != command_id(None, "att-1", "POST", "/p")


def test_key_reaches_the_service(tmp_path):
    """Two requests with one key carry one id; a third with another key does not."""
    bus = FakeBus({"jobs.apply": {"id": "app-1"}})
    with a_gateway(bus, tmp_path) as client:
        for key in ("a", "a", "b"):
            headers = {**signed(), "Idempotency-Key": key}
            assert client.post("/api/v1/vacancies/v1/applications", json={}, headers=headers).status_code == 201
    first, second, third = (kwargs["command_id"] for _, kwargs in bus.calls)
    assert first == second != third
