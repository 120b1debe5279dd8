"""Watching by HTTP through the gateway: where it is, its captions, and what refuses."""

from __future__ import annotations

import pytest

from gateway.media import NodeAnswer, NodeAway
from messaging.on_asyncio import RemoteError
from tests.unit.gateway_fakes import FakeBus, a_gateway, signed

TICKET = {"node": "m1", "url": "http://media", "capability": "cap", "session_id": "s1", "role": "watch"}
TOLD = (
    b'{"path":"/hls/s1/1-key/","live":true,"seconds":7.5,"video":["video"],"audio":["opus","aac"],'
    b'"captions":["en"],"unpackaged":""}'
)
EMPTY = b'{"title":"Stage empty","detail":"Nobody publishes in this session yet."}'


class FakeNodes:
    """A media node that answers what it is told to."""

    def __init__(self):
        self.answer, self.asked = NodeAnswer(200, "application/json", TOLD, "", {}), []

    async def send(self, ticket, asked):
        self.asked.append((asked.method, asked.path, ticket.capability, asked.body))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def bus():
    return FakeBus({"streaming.join_stage": TICKET})


@pytest.fixture
def nodes():
    return FakeNodes()


@pytest.fixture
def client(bus, nodes, tmp_path):
    with a_gateway(bus, tmp_path, nodes) as client:
        yield client


def test_anyone_learns_where_a_session_is_played(client, bus, nodes):
    """The node that packages it is asked, whether or not the session is over; addresses are the gateway's own."""
    answer = client.get("/api/v1/sessions/s1/hls").json()
    assert answer["playlist"] == "/hls/s1/1-key/main.m3u8"
    assert answer["replay"] == "/hls/s1/1-key/replay.m3u8"
    assert answer["download"] == "/hls/s1/1-key/session.mp4"
    assert (answer["live"], answer["seconds"], answer["captions"]) == (True, 7.5, ["en"])
    assert bus.calls == [("streaming.join_stage", {"session_id": "s1", "role": "watch", "recorded": True})]
    assert nodes.asked == [("GET", "/sessions/s1/hls", "cap", b"")]


@pytest.mark.parametrize("name", ["main.m3u8", "replay.m3u8", "session.mp4"])
def test_players_are_led_to_the_playlist(client, name):
    """A player that is given one address is redirected, and the redirection is not kept: keys run out."""
    answer = client.get(f"/api/v1/sessions/s1/hls/{name}", follow_redirects=False)
    assert answer.status_code == 307
    assert answer.headers["location"] == f"/hls/s1/1-key/{name}"
    assert answer.headers["cache-control"] == "no-store"


def test_refusal_of_the_node_is_passed_on(client, nodes):
    """Its status, its words, and when to try again."""
    nodes.answer = NodeAnswer(409, "application/problem+json", EMPTY, "", {"Retry-After": "1"})
    answer = client.get("/api/v1/sessions/s1/hls")
    assert (answer.status_code, answer.headers["retry-after"]) == (409, "1")
    assert answer.json()["type"] == "urn:subvenue:problem:stage-empty"


def test_node_that_is_away_is_503(client, nodes):
    """Nothing of it is shown."""
    nodes.answer = NodeAway("m1")
    assert client.get("/api/v1/sessions/s1/hls").status_code == 503


def test_captions_need_a_presenter(client, bus, nodes):
    """Nobody without a token; with one the streaming service decides; then the node gets the words as they are."""
    content = {"language": "en", "cues": [{"text": "hello"}]}
    assert client.post("/api/v1/sessions/s1/captions", json=content).status_code == 401
    nodes.answer = NodeAnswer(202, "application/json", b'{"accepted":1}', "", {})
    answer = client.post("/api/v1/sessions/s1/captions", json=content, headers=signed())
    assert (answer.status_code, answer.json()) == (202, {"accepted": 1})
    assert nodes.asked[0][:2] == ("POST", "/sessions/s1/captions")
    assert b'"hello"' in nodes.asked[0][3]
    assert bus.calls[0][1]["role"] == "publish"
    bus.answers["streaming.join_stage"] = RemoteError("NotAllowed", "Only presenters.", "")
    assert client.post("/api/v1/sessions/s1/captions", json=content, headers=signed()).status_code == 403


@pytest.mark.parametrize("content", [{}, {"language": "en", "cues": [{"txt": "x"}]}, {"language": 1, "cues": []}])
def test_malformed_captions_go_no_further(client, nodes, content):
    """422, and no node is asked."""
    assert client.post("/api/v1/sessions/s1/captions", json=content, headers=signed()).status_code == 422
    assert nodes.asked == []


def test_files_need_a_node(client):
    """Where no node is reached, 503 with when to try again."""
    answer = client.get("/hls/s1/1-key/video/live.m3u8?_HLS_msn=4&_HLS_part=2")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


def test_unknown_directive_is_named(client):
    """As everywhere: a parameter that nobody knows is refused."""
    assert client.get("/hls/s1/1-key/video/live.m3u8?_HLS_other=4").status_code == 422
