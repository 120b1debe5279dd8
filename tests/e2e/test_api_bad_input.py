"""Bad input to a whole conference: a clear 4xx, and nothing written."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import httpx
import pytest

from tests.e2e.api_client import People, a_registration, bearer, eventually


@pytest.fixture(scope="module")
def client(conference):
    with httpx.Client(base_url=conference.gateway_url, timeout=10) as client:
        yield client


@pytest.fixture(scope="module")
def people(conference, client):
    return People(client, Path(conference.env["SUBVENUE_TOKEN_PRIVATE_KEY_FILE"]))


def refused(response: httpx.Response, status: int) -> dict:
    """The problem document of a refusal, which has no trace of our insides."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert "Traceback" not in response.text
    return response.json()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": {"$ne": None}}, "email"),
        ({"role": "operator"}, "role"),
        ({"country": "XX"}, "country"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"languages": ["english please"]}, "languages[0]"),
    ],
)
def test_registration_with_a_fault_writes_nothing(client, change, field):
    """The field is named, and afterwards the address is still free."""
    body = a_registration()
    document = refused(client.post("/api/v1/attendees", json={**body, **change}), 422)
    assert document["field"] == field
    assert client.post("/api/v1/attendees", json=body).status_code == 201


@pytest.mark.parametrize(
    "address",
    [
        "/api/v1/projects/nobody",
        "/api/v1/vacancies/nobody",
        "/api/v1/sessions/nobody",
        "/api/v1/organisations/nobody",
    ],
)
def test_unknown_id(client, address):
    """404."""
    refused(client.get(address), 404)


@pytest.mark.parametrize(
    "address", ["/api/v1/organisations", "/api/v1/vacancies", "/api/v1/sessions", "/api/v1/search"]
)
def test_bad_cursor(client, address):
    """A cursor that we did not make is 422, whatever it is made of."""
    for cursor in ("garbage", "eyJ4Ijp7IiRuZSI6bnVsbH19", "%00", "文"):
        assert refused(client.get(address, params={"cursor": cursor}), 422)["field"] == "cursor"


def test_what_belongs_to_somebody_else(client, people):
    """A foreign project cannot be changed, and looks as if it were not there."""
    draft = {"title": "t", "abstract": "a", "sector": "ai"}
    (project,) = people.attendee(projects=[draft])["projects"]
    stranger = people.attendee()["headers"]
    foreign = refused(
        client.patch(f"/api/v1/projects/{project['id']}", json={"title": "x"}, headers=stranger), 404
    )
    unknown = refused(client.patch("/api/v1/projects/nobody", json={"title": "x"}, headers=stranger), 404)
    assert foreign["detail"] == unknown["detail"]
    assert client.get(f"/api/v1/projects/{project['id']}").json()["title"] == {"en": "t"}


def test_operators_only(client, people):
    """An attendee makes no sub-venue and no session."""
    person = people.attendee()["headers"]
    venue = {"name": "n", "city": "c", "country": "JP", "time_zone": "Asia/Tokyo"}
    refused(client.post("/api/v1/sub-venues", json=venue, headers=person), 403)


def test_expired_and_foreign_tokens(client, people):
    """401 with a challenge."""
    for claims in ({"exp": int(time.time()) - 5}, {"aud": "another"}, {"iss": "another"}):
        response = client.get("/api/v1/me", headers=bearer(people.token(**claims)))
        refused(response, 401)
        assert "www-authenticate" in response.headers


@pytest.mark.parametrize("protocol", ["whip", "whep"])
def test_bad_sdp(client, people, protocol):
    """What is no SDP is 400, and 415 under another name."""
    headers = {**people.attendee()["headers"], "Content-Type": "application/sdp"}
    refused(client.post(f"/api/v1/sessions/s/{protocol}", content=b"hello", headers=headers), 400)
    headers["Content-Type"] = "text/plain"
    refused(client.post(f"/api/v1/sessions/s/{protocol}", content=b"v=0\r\nm=video", headers=headers), 415)


def test_large_and_broken_bodies(client):
    """413 over 1 MiB, 400 for what is not JSON; the gateway goes on."""
    json = {"Content-Type": "application/json"}
    refused(client.post("/api/v1/attendees", content=b'{"name":"' + b"x" * 2**20 + b'"}', headers=json), 413)
    refused(client.post("/api/v1/attendees", content=b"{", headers=json), 400)
    assert client.get("/livez").status_code == 200


# A quorum queue of RabbitMQ 3.10 of a few seconds may not survive SIGKILL (docs/messaging.md), as all are here:
# this test stops the broker in order. Brokers with older queues are killed in test_local_run_conference.py.
@pytest.mark.parametrize(("part", "end"), [("broker", signal.SIGTERM), ("documents", signal.SIGKILL)])
def test_what_is_away_is_503_soon(client, conference, part, end):
    """Broker or database away: 503 or 504 with Retry-After within 3 s, never a hang; then it works."""
    gone = conference.pid(part)
    os.kill(gone, end)
    deadline = time.monotonic() + 60
    least = time.monotonic() + 2
    while time.monotonic() < least or conference.pid(part) in (gone, None):
        assert time.monotonic() < deadline
        before = time.monotonic()
        response = client.get("/api/v1/organisations")
        assert time.monotonic() - before < 3.5
        assert response.status_code in (200, 503, 504), response.text
        if response.status_code != 200:
            assert "retry-after" in response.headers
    conference.wait_ready()
    eventually(lambda: client.get("/api/v1/organisations").status_code == 200, 30)
