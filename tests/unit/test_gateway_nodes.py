"""Operators look into media nodes through the gateway; nobody else does."""

from __future__ import annotations

import json

import pytest

from gateway.media import NodeAnswer, NodeAway
from tests.unit.gateway_fakes import FakeBus, a_gateway, signed

NODE = {
    "name": "m1",
    "url": "http://m1",
    "region": "eu",
    "capacity": 500,
    "viewers": 1,
    "stages": ["s1"],
    "relays": [],
    "cordoned": True,
    "seen_at": "2026-01-01T00:00:00Z",
}
PEER = {
    "id": "ab12",
    "session_id": "s1",
    "role": "watch",
    "subject": "anonymous",
    "transport": "udp",
    "connected_at": 1.0,
    "heard_at": 2.0,
    "bitrate": 0,
    "estimate": 900_000,
    "lost": 0.01,
}
OPERATOR = signed(roles=["operator"])


class FakeNodes:
    def __init__(self):
        self.answer = NodeAnswer(200, "application/json", json.dumps([PEER]).encode(), "", {})
        self.asked = []

    async def send(self, ticket, asked):
        self.asked.append((ticket.capability, asked.method, asked.path))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def nodes():
    return FakeNodes()


@pytest.fixture
def bus():
    return FakeBus(
        {
            "streaming.operate_media_node": {"node": "m1", "url": "http://m1", "capability": "cap"},
            "streaming.list_media_nodes": {"items": [NODE]},
            "streaming.cordon_media_node": NODE,
        }
    )


@pytest.fixture
def client(bus, nodes, tmp_path):
    with a_gateway(bus, tmp_path, nodes) as client:
        yield client


def test_what_operators_see(client, nodes):
    """The nodes with their load, and the peers of one with bitrate and loss."""
    assert client.get("/api/v1/media-nodes", headers=OPERATOR).json()["items"] == [NODE]
    assert client.get("/api/v1/media-nodes/m1/peers", headers=OPERATOR).json()["items"] == [PEER]
    assert nodes.asked == [("cap", "GET", "/operations/peers")]


def test_what_operators_do(client, bus, nodes):
    """End a peer, cordon a node, drain it: which cordons it first."""
    nodes.answer = NodeAnswer(200, "text/plain", b"", "", {})
    assert client.delete("/api/v1/media-nodes/m1/peers/ab12", headers=OPERATOR).status_code == 200
    assert nodes.asked.pop() == ("cap", "DELETE", "/operations/peers/ab12")
    assert client.post("/api/v1/media-nodes/m1/cordon", json={"cordoned": False}, headers=OPERATOR).json() == NODE
    assert bus.calls[-1][1]["cordoned"] is False
    assert client.post("/api/v1/media-nodes/m1/drain", headers=OPERATOR).json() == NODE
    assert [name for name, _ in bus.calls[-2:]] == ["streaming.cordon_media_node", "streaming.operate_media_node"]
    assert nodes.asked.pop() == ("cap", "POST", "/operations/drain")
    nodes.answer = NodeAway("m1")
    assert client.get("/api/v1/media-nodes/m1/peers", headers=OPERATOR).status_code == 503


@pytest.mark.parametrize(("headers", "status"), [({}, 401), (signed(), 403)])
def test_nobody_else(client, nodes, headers, status):
    """No node is asked anything."""
    for method, path in (("GET", ""), ("GET", "/m1/peers"), ("DELETE", "/m1/peers/x"), ("POST", "/m1/drain")):
        assert client.request(method, f"/api/v1/media-nodes{path}", headers=headers).status_code == status
    assert nodes.asked == []
