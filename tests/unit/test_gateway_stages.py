"""WHIP and WHEP pass through the gateway to the media node that the streaming service names."""

from __future__ import annotations

import pytest

from gateway.media import NodeAnswer
from gateway.problems import unavailable
from messaging.on_asyncio import RemoteError
from tests.unit.gateway_fakes import FakeBus, a_gateway, signed

OFFER = b"v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n"
SDP = {"Content-Type": "application/sdp"}
TICKET = {
    "node": "m1",
    "url": "http://media",
    "capability": "cap",
    "session_id": "s1",
    "role": "watch",
}
CREATED = NodeAnswer(201, "application/sdp", b"v=0 answer", "m1.secret", {"ETag": '"e"'})


class FakeNodes:
    """Media nodes that answer what they are told to, and keep what they were asked."""

    def __init__(self) -> None:
        self.answer: NodeAnswer | Exception = CREATED
        self.asked: list[tuple] = []

    async def offer(self, ticket, protocol, sdp):
        return self._take("offer", ticket.capability, protocol, sdp)

    async def end(self, ticket, protocol, peer):
        return self._take("end", ticket.capability, protocol, peer)

    def _take(self, *asked):
        self.asked.append(asked)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def bus():
    return FakeBus({"streaming.join_stage": TICKET, "streaming.leave_stage": TICKET})


@pytest.fixture
def nodes():
    return FakeNodes()


@pytest.fixture
def client(bus, nodes, tmp_path):
    with a_gateway(bus, tmp_path, nodes) as client:
        yield client


def test_watching_needs_no_token(client, bus, nodes):
    """Anyone may watch: the offer goes to the node with the capability, the answer and its address come back."""
    response = client.post("/api/v1/sessions/s1/whep", content=OFFER, headers=SDP)
    assert (response.status_code, response.content) == (201, b"v=0 answer")
    assert response.headers["content-type"] == "application/sdp"
    assert response.headers["location"] == "/api/v1/sessions/s1/whep/m1.secret"
    assert response.headers["etag"] == '"e"'
    assert bus.calls == [("streaming.join_stage", {"session_id": "s1", "role": "watch"})]
    assert nodes.asked == [("offer", "cap", "whep", OFFER)]


def test_publishing_needs_a_token(client, bus, nodes):
    """Without a token nobody is asked; with one the streaming service decides."""
    assert client.post("/api/v1/sessions/s1/whip", content=OFFER, headers=SDP).status_code == 401
    assert bus.calls == []
    bus.answers["streaming.join_stage"] = RemoteError("NotAllowed", "Only presenters publish.", "")
    assert client.post("/api/v1/sessions/s1/whip", content=OFFER, headers={**SDP, **signed()}).status_code == 403
    assert nodes.asked == []


def test_leaving(client, bus, nodes):
    """DELETE reaches the node that the address of the peer names."""
    nodes.answer = NodeAnswer(200, "text/plain", b"", "", {})
    assert client.delete("/api/v1/sessions/s1/whep/m1.secret").status_code == 200
    assert bus.calls == [("streaming.leave_stage", {"session_id": "s1", "role": "watch", "peer": "m1.secret"})]
    assert nodes.asked == [("end", "cap", "whep", "m1.secret")]


def test_problem_of_the_node_is_passed_on(client, nodes):
    """Its status, its document and when to come back; no address of a peer that is not there."""
    document = b'{"title":"Stage empty","status":409}'
    nodes.answer = NodeAnswer(409, "application/problem+json", document, "", {"Retry-After": "1"})
    response = client.post("/api/v1/sessions/s1/whep", content=OFFER, headers=SDP)
    assert (response.status_code, response.content) == (409, document)
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["retry-after"] == "1"
    assert "location" not in response.headers


def test_node_that_is_away(client, nodes):
    """503 with a time to come back."""
    nodes.answer = unavailable("away")
    response = client.post("/api/v1/sessions/s1/whep", content=OFFER, headers=SDP)
    assert response.status_code == 503
    assert response.headers["retry-after"] == "1"


def test_options_say_what_is_taken(client):
    """OPTIONS names application/sdp (RFC 9725)."""
    response = client.options("/api/v1/sessions/s1/whip")
    assert response.status_code == 204
    assert response.headers["accept-post"] == "application/sdp"


def test_trickle_is_not_taken(client):
    """PATCH is 405: offers come complete."""
    assert client.patch("/api/v1/sessions/s1/whep/m1.secret", content=b"").status_code == 405
