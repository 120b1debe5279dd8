"""What people do with a whole conference, through the API alone."""

from __future__ import annotations

import json
import threading
import uuid
from pathlib import Path

import httpx
import pytest

from tests.e2e.api_client import People, a_registration, eventually


@pytest.fixture(scope="module")
def client(conference):
    with httpx.Client(base_url=conference.gateway_url, timeout=10) as client:
        yield client


@pytest.fixture(scope="module")
def people(conference, client):
    return People(client, Path(conference.env["SUBVENUE_TOKEN_PRIVATE_KEY_FILE"]))


@pytest.fixture(scope="module")
def employer(client, people):
    """An administrator and the organisation they created."""
    person = people.attendee()
    body = {"name": {"zh": "示例企业", "en": "An enterprise"}, "kind": "enterprise", "country": "CN"}
    response = client.post("/api/v1/organisations", json=body, headers=person["headers"])
    assert response.status_code == 201, response.text
    return {**person, "organisation_id": response.json()["id"]}


@pytest.fixture
def vacancy(client, employer):
    """A vacancy of that organisation that anyone may apply to. The organisation reaches jobs by an event."""
    body = {
        "organisation_id": employer["organisation_id"],
        "title": {"zh": "软件工程师", "en": "Software engineer"},
        "description": "Builds things.",
        "sector": "ai",
        "country": "CN",
        "openings": "unlimited",
    }
    return eventually(
        lambda: (
            (response := client.post("/api/v1/vacancies", json=body, headers=employer["headers"])).status_code
            == 201
            and response.json()
        )
    )


def test_register_and_read_oneself(client, people):
    """Registration answers a token that opens one's own data, and only that."""
    person = people.attendee(name="First name")
    me = client.get("/api/v1/me", headers=person["headers"]).json()
    assert (me["id"], me["name"], me["time_zone"]) == (person["id"], "First name", "Australia/Sydney")
    changed = client.patch("/api/v1/me", json={"name": "Second name"}, headers=person["headers"])
    assert changed.json()["name"] == "Second name"
    assert client.get("/api/v1/me", headers=people.attendee()["headers"]).json()["id"] != person["id"]


def test_project_is_found_after_registration(client, people):
    """A project brought along is readable at once and found by a word of its title a moment later."""
    word = f"hydrogel{uuid.uuid4().hex[:8]}"
    project = {
        "title": {"en": f"A {word} sensor", "zh": "水凝胶传感器"},
        "abstract": "It bends.",
        "sector": "biomedical",
    }
    (brought,) = people.attendee(projects=[project])["projects"]
    assert client.get(f"/api/v1/projects/{brought['id']}").json()["title"] == project["title"]
    found = eventually(lambda: client.get("/api/v1/search", params={"q": word}).json()["hits"])
    assert [hit["id"] for hit in found] == [brought["id"]]
    answer = client.get("/api/v1/search", params={"q": word, "sector": "biomedical", "type": "project"}).json()
    assert answer["total"] == 1
    assert {"value": "biomedical", "count": 1} in answer["facets"]["sector"]
    assert client.get("/api/v1/search", params={"q": word, "sector": "energy"}).json()["total"] == 0


def test_apply_once_and_take_it_back(client, people, employer, vacancy):
    """An application is one, its vacancy's administrator sees it, a stranger does not, and it can be withdrawn."""
    person = people.attendee()
    address = f"/api/v1/vacancies/{vacancy['id']}/applications"
    applied = client.post(address, json={"message": "Here I am."}, headers=person["headers"])
    assert applied.status_code == 201, applied.text
    assert client.post(address, json={}, headers=person["headers"]).status_code == 409
    mine = client.get("/api/v1/me/applications", headers=person["headers"]).json()["items"]
    assert [application["id"] for application in mine] == [applied.json()["id"]]
    seen = client.get(address, headers=employer["headers"]).json()["items"]
    assert [application["applicant_id"] for application in seen] == [person["id"]]
    assert client.get(address, headers=person["headers"]).status_code in (403, 404)
    withdrawn = client.delete(f"/api/v1/applications/{applied.json()['id']}", headers=person["headers"])
    assert withdrawn.json()["status"] == "withdrawn"


def test_closed_vacancy_takes_nobody(client, people, employer, vacancy):
    """Applying to a closed vacancy is 409."""
    address = f"/api/v1/vacancies/{vacancy['id']}"
    assert client.patch(address, json={"status": "closed"}, headers=employer["headers"]).status_code == 200
    refused = client.post(f"{address}/applications", json={}, headers=people.attendee()["headers"])
    assert refused.status_code == 409
    assert refused.json()["title"] == "Vacancy closed"


@pytest.fixture
def session(client, people):
    """A session in a new sub-venue, with a presenter."""
    presenter = people.attendee()
    operator = people.operator()
    venue = {"name": "Bay", "city": "Tokyo", "country": "JP", "time_zone": "Asia/Tokyo"}
    response = client.post("/api/v1/sub-venues", json=venue, headers=operator)
    assert response.status_code == 201, response.text
    slot = {
        "sub_venue_id": response.json()["id"],
        "kind": "pitch",
        "title": {"zh": "路演", "en": "A pitch"},
        "starts_at": "2026-12-18T01:00:00Z",
        "ends_at": "2026-12-18T02:00:00Z",
        "presenters": [presenter["id"]],
    }
    response = client.post("/api/v1/sessions", json=slot, headers=operator)
    assert response.status_code == 201, response.text
    return {**response.json(), "presenter": presenter}


def test_session_from_start_to_end(client, people, session):
    """A presenter starts and ends; a stranger may not; starting what is over is 409."""
    address = f"/api/v1/sessions/{session['id']}"
    assert client.post(f"{address}/start", headers=people.attendee()["headers"]).status_code == 403
    presenter = session["presenter"]["headers"]
    assert client.post(f"{address}/start", headers=presenter).json()["status"] == "started"
    assert client.post(f"{address}/end", headers=presenter).json()["status"] == "ended"
    assert client.post(f"{address}/start", headers=presenter).status_code == 409
    assert client.get(address).json()["status"] == "ended"
    listed = client.get("/api/v1/sessions", params={"sub_venue_id": session["sub_venue_id"]}).json()["items"]
    assert [item["id"] for item in listed] == [session["id"]]


def test_browsers_are_told_of_a_session(client, conference, session):
    """A listener of the topic `sessions` hears that the session started, with the whole of it."""
    heard: list[dict] = []
    listening = threading.Event()

    def started() -> list[dict]:
        mine = [message for message in heard if message["id"] == session["id"]]
        return [message for message in mine if message["data"]["session"]["status"] == "started"]

    def listen() -> None:
        address = f"{conference.gateway_url}/api/v1/events?topics=sessions"
        with httpx.stream("GET", address, timeout=30) as stream:
            for line in stream.iter_lines():
                listening.set()
                if line.startswith("data: "):
                    heard.extend(json.loads(line[6:]))
                if started():
                    return

    listener = threading.Thread(target=listen)
    listener.start()
    assert listening.wait(10)
    client.post(f"/api/v1/sessions/{session['id']}/start", headers=session["presenter"]["headers"])
    listener.join(30)
    assert not listener.is_alive()
    assert started()[0]["type"] == "streaming.session_changed.v1"


def test_one_key_is_one_registration(client):
    """The same key and content give the same attendee every time; other content is refused."""
    key = {"Idempotency-Key": uuid.uuid4().hex}
    body = a_registration(projects=[{"title": "t", "abstract": "a", "sector": "ai"}])
    answers = [client.post("/api/v1/attendees", json=body, headers=key) for _ in range(5)]
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len({answer.json()["projects"][0]["id"] for answer in answers}) == 1
    other = client.post("/api/v1/attendees", json={**body, "name": "Another"}, headers=key)
    assert other.status_code == 422
    assert other.json()["title"] == "Idempotency key reused"


def test_taken_email(client):
    """The same address again is 409 and names the field."""
    body = a_registration()
    assert client.post("/api/v1/attendees", json=body).status_code == 201
    again = client.post("/api/v1/attendees", json=body)
    assert again.status_code == 409
    assert again.json()["field"] == "email"


def test_listings_go_on_to_the_end(client, people):
    """Following `next` gives every organisation once."""
    person = people.attendee()
    made = set()
    for number in range(5):
        body = {"name": f"Organisation {number}", "kind": "district", "country": "CN"}
        made.add(client.post("/api/v1/organisations", json=body, headers=person["headers"]).json()["id"])
    seen: list[str] = []
    cursor = None
    while True:
        params = {"kind": "district", "limit": 2, **({"cursor": cursor} if cursor else {})}
        page = client.get("/api/v1/organisations", params=params).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert made <= set(seen)
    assert len(seen) == len(set(seen))
