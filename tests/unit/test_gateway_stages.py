"""WHIP and WHEP pass through the gateway to the media node that the streaming service names."""

from __future__ import annotations

import pytest

from gateway.media import NodeAnswer, NodeAway, ToNode
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
        self.answers: list[NodeAnswer | Exception] = []  # first these, then always the one above
        self.asked: list[tuple] = []

    async def send(self, ticket, asked):
        self.asked.append((asked.method, asked.path, ticket.capability, asked.body, dict(asked.headers)))
        answer = self.answers.pop(0) if self.answers else self.answer
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def events(self, ticket, path):
        async def rest():
            yield b"event: active\ndata: {}\n\n"

        answer = await self.send(ticket, ToNode("GET", path))
        return answer, rest()


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
    assert nodes.asked == [("POST", "/sessions/s1/whep", "cap", OFFER, SDP)]


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
    assert nodes.asked == [("DELETE", "/sessions/s1/whep/m1.secret", "cap", b"", {})]


def test_problem_of_the_node_is_passed_on(client, nodes):
    """Its status, its document and when to come back; no address of a peer that is not there."""
    document = b'{"title":"Stage empty","status":409}'
    nodes.answer = NodeAnswer(409, "application/problem+json", document, "", {"Retry-After": "1"})
    response = client.post("/api/v1/sessions/s1/whep", content=OFFER, headers=SDP)
    assert (response.status_code, response.content) == (409, document)
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["retry-after"] == "1"
    assert "location" not in response.headers


def test_another_node_is_tried(client, bus, nodes):
    """One that does not answer, and one that takes nobody, are named when the streaming service is asked again."""
    nodes.answers = [NodeAway("m1"), NodeAnswer(503, "application/problem+json", b"{}", "", {})]
    response = client.post("/api/v1/sessions/s1/whep?region=eu", content=OFFER, headers=SDP)
    assert response.status_code == 201
    asked = {"session_id": "s1", "role": "watch", "region": "eu"}
    assert [kwargs for _, kwargs in bus.calls] == [
        asked,
        asked | {"avoid": ["m1"]},
        asked | {"avoid": ["m1", "m1"]},
    ]


def test_no_node_answers(client, nodes):
    """503 with a time to come back, after three tries."""
    nodes.answer = NodeAway("m1")
    response = client.post("/api/v1/sessions/s1/whep", content=OFFER, headers=SDP)
    assert response.status_code == 503
    assert response.headers["retry-after"] == "1"
    assert len(nodes.asked) == 3
    assert client.delete("/api/v1/sessions/s1/whep/m1.secret").status_code == 503


def test_options_say_what_is_taken(client, bus, nodes):
    """OPTIONS names application/sdp (RFC 9725); who is signed in is told the relays too."""
    response = client.options("/api/v1/sessions/s1/whip")
    assert response.status_code == 200
    assert response.headers["accept-post"] == "application/sdp"
    assert bus.calls == []
    nodes.answer = NodeAnswer(200, "text/plain", b"", "", {"Link": '<turn:x>; rel="ice-server"'})
    response = client.options("/api/v1/sessions/s1/whip", headers=signed())
    assert response.headers["link"] == '<turn:x>; rel="ice-server"'
    assert nodes.asked == [("OPTIONS", "/sessions/s1/whip", "cap", b"", {})]


def test_patches_are_passed_on(client, bus, nodes):
    """With the precondition that the client made, or without; the new entity tag comes back."""
    fragment = {"Content-Type": "application/trickle-ice-sdpfrag"}
    nodes.answer = NodeAnswer(200, "application/trickle-ice-sdpfrag", b"a=ice-ufrag:x", "", {"ETag": '"new"'})
    for precondition in ({"If-Match": "*"}, {}):
        response = client.patch(
            "/api/v1/sessions/s1/whep/m1.secret", content=b"a=b", headers=fragment | precondition
        )
        assert (response.status_code, response.headers["etag"]) == (200, '"new"')
        assert nodes.asked.pop() == (
            "PATCH",
            "/sessions/s1/whep/m1.secret",
            "cap",
            b"a=b",
            fragment | precondition,
        )
    assert client.patch("/api/v1/sessions/s1/whip/m1.secret", content=b"a=b", headers=fragment).status_code == 401
    response = client.patch("/api/v1/sessions/s1/whep/m1.secret", content=b"a=b", headers=SDP)
    assert response.status_code == 415


def test_events_of_a_peer_are_passed_on(client, nodes):
    """As they come; a peer that is not there has none."""
    nodes.answer = NodeAnswer(200, "text/event-stream", b"", "", {})
    response = client.get("/api/v1/sessions/s1/whep/m1.secret/events")
    assert response.headers["content-type"].startswith("text/event-stream")
    assert response.text == "event: active\ndata: {}\n\n"
    assert nodes.asked[0][:2] == ("GET", "/sessions/s1/whep/m1.secret/events")
    nodes.answer = NodeAnswer(404, "application/problem+json", b"{}", "", {})
    assert client.get("/api/v1/sessions/s1/whep/m1.secret/events").status_code == 404
    assert client.get("/api/v1/sessions/s1/whip/m1.secret/events").status_code == 401
