"""Bad input gets a problem document that names the field, and no service is asked."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.gateway_fakes import FakeBus, a_gateway, signed

REGISTRATION = {
    "email": "a@example.org",
    "name": "An attendee",
    "country": "AU",
    "languages": ["en"],
    "time_zone": "Australia/Sydney",
    "mode": "online",
}


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    bus = FakeBus()
    with a_gateway(bus, tmp_path_factory.mktemp("gateway")) as client:
        yield bus, client


@pytest.fixture
def bus(gateway):
    return gateway[0].forget({"registration.register_attendee": {"id": "att-1", "token": "t", "projects": []}})


@pytest.fixture
def client(gateway, bus):
    return gateway[1]


def problem_of(response: Any, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    document = response.json()
    assert {"type", "title", "status", "detail", "instance"} <= set(document)
    assert document["status"] == status
    assert "Traceback" not in response.text
    return document


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": {"$ne": None}}, "email"),
        ({"email": "no address"}, "email"),
        ({"country": "Australia"}, "country"),
        ({"languages": "en"}, "languages"),
        ({"languages": ["en", 5]}, "languages[1]"),
        ({"role": "operator"}, "role"),
        ({"actor": {"id": "x", "roles": ["operator"]}}, "actor"),
        ({"command_id": "mine"}, "command_id"),
        ({"projects": [{"title": {"$gt": ""}, "abstract": "b", "sector": "s"}]}, "projects[0].title.$gt"),
        ({"projects": [{"title": "a", "abstract": "b"}]}, "projects[0].sector"),
        ({"projects": [{"title": {}, "abstract": "b", "sector": "s"}]}, "projects[0].title"),
        ({"mode": "astral"}, "mode"),
    ],
)
def test_wrong_shape_is_refused_before_any_service_is_asked(client, bus, change, field):
    """A wrong value, an unknown field or an operator object: 422 with the field's name, and no call."""
    document = problem_of(client.post("/api/v1/attendees", json={**REGISTRATION, **change}), 422)
    assert document["field"] == field
    assert document["errors"][0]["field"] == field
    assert bus.calls == []


def test_missing_field_is_named(client):
    """A required field that is not there is named."""
    body = {name: value for name, value in REGISTRATION.items() if name != "time_zone"}
    assert problem_of(client.post("/api/v1/attendees", json=body), 422)["field"] == "time_zone"


@pytest.mark.parametrize("body", [b'{"email": ', b"\xff\xfe", b"[" * 100_000, b"", b"null x"])
def test_malformed_json(client, bus, body):
    """What is not JSON is 400, however broken; an empty body is too."""
    response = client.post("/api/v1/attendees", content=body, headers={"Content-Type": "application/json"})
    problem_of(response, 400)
    assert bus.calls == []


@pytest.mark.parametrize("body", [b"[]", b"null", b'"text"', b"5"])
def test_json_that_is_no_object(client, body):
    """JSON that is not an object is 422."""
    response = client.post("/api/v1/attendees", content=body, headers={"Content-Type": "application/json"})
    problem_of(response, 422)


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_wrong_content_type(client, media_type):
    """Only JSON is taken: 415."""
    response = client.post("/api/v1/attendees", content=b"{}", headers={"Content-Type": media_type})
    assert problem_of(response, 415)["field"] == "Content-Type"


def test_body_over_a_mebibyte(client, bus):
    """More than 1 MiB is 413, with a length given or without."""
    body = b'{"name": "' + b"x" * 1024 * 1024 + b'"}'
    as_json = {"Content-Type": "application/json"}
    problem_of(client.post("/api/v1/attendees", content=body, headers=as_json), 413)
    problem_of(
        client.post("/api/v1/attendees", content=iter([body[:700_000], body[700_000:]]), headers=as_json), 413
    )
    assert bus.calls == []


def test_unknown_address_and_method(client):
    """404 and 405 are problem documents too; 405 says what is allowed."""
    problem_of(client.get("/api/v1/nothing"), 404)
    problem_of(client.post("/api/v1/nothing", json={}), 404)
    response = client.put("/api/v1/me", json={})
    problem_of(response, 405)
    assert "PATCH" in response.headers["allow"]


@pytest.mark.parametrize(
    ("address", "field"),
    [
        ("/api/v1/vacancies?limit=0", "limit"),
        ("/api/v1/vacancies?limit=many", "limit"),
        ("/api/v1/vacancies?status=lost", "status"),
        ("/api/v1/vacancies?colour=red", "colour"),
        ("/api/v1/sessions?live=perhaps", "live"),
        ("/api/v1/search?colour=red", "colour"),
        ("/api/v1/search?type=person", "type"),
        ("/api/v1/search?facets=sector,colour", "facets"),
        ("/api/v1/search?q=" + "x" * 513, "q"),
        ("/api/v1/search?q=" + "x" * 10_000, "q"),
        ("/api/v1/search?limit=0", "limit"),
        ("/api/v1/search?limit=10001", "limit"),
        ("/api/v1/search?sort=random", "sort"),
        ("/api/v1/search?group=sector", "group"),
        ("/api/v1/search?since=yesterday", "since"),
        ("/api/v1/search?until=9999-12-31", "until"),
        ("/api/v1/search?closes_until=2026-13-01", "closes_until"),
        ("/api/v1/search?openings_min=-1", "openings_min"),
        ("/api/v1/events?topics=gossip", "topics"),
    ],
)
def test_bad_query_parameters_are_named(client, bus, address, field):
    """An unknown parameter, or a value that it cannot have: 422 with its name."""
    assert problem_of(client.get(address), 422)["field"] == field
    assert bus.calls == []


@pytest.mark.parametrize("key", ["x" * 201, "with space", "schlüssel".encode()])
def test_bad_idempotency_key(client, bus, key):
    """A key that is too long or not printable ASCII is 422."""
    response = client.post("/api/v1/attendees", json=REGISTRATION, headers={"Idempotency-Key": key})
    assert problem_of(response, 422)["field"] == "Idempotency-Key"
    assert bus.calls == []


def test_bad_sdp(client, bus):
    """An offer must be application/sdp and look like SDP, or nobody is asked."""
    address = "/api/v1/sessions/s1/whep"
    problem_of(client.post(address, content=b"v=0\r\nm=video", headers={"Content-Type": "text/plain"}), 415)
    for body in (b"", b"hello", b"v=1\r\nm=video", b"v=0\r\ns=-\r\n"):
        document = problem_of(client.post(address, content=body, headers={"Content-Type": "application/sdp"}), 400)
        assert document["title"] == "Bad sdp"
    assert bus.calls == []


def test_good_registration_passes(client, bus):
    """The same body without a fault reaches the service, with a command id and no actor."""
    response = client.post("/api/v1/attendees", json=REGISTRATION, headers=signed())
    assert response.status_code == 201
    ((name, kwargs),) = bus.calls
    assert name == "registration.register_attendee"
    assert kwargs.pop("command_id")
    assert kwargs.pop("actor") == {"id": "att-1", "roles": ["attendee"]}
    assert kwargs == REGISTRATION


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
FIELDS = st.sampled_from([*REGISTRATION, "projects", "sectors", "$where", "__proto__"])


@given(change=st.dictionaries(FIELDS, JSON, min_size=1, max_size=3))
@settings(max_examples=150, deadline=None)
def test_no_body_is_an_internal_error(gateway, change):
    """Whatever stands in place of a value: 201, 400 or 422, never 500; only what is 201 reaches a service."""
    bus, client = gateway
    bus.forget({"registration.register_attendee": {"id": "att-1", "token": "t", "projects": []}})
    body = json.dumps({**REGISTRATION, **change})
    response = client.post("/api/v1/attendees", content=body, headers={"Content-Type": "application/json"})
    assert response.status_code in (201, 400, 422), response.text
    assert (response.status_code == 201) == bool(bus.calls)


@pytest.mark.parametrize(
    "address",
    [
        "/api/v1/vacancies/%ff", "/api/v1/vacancies/%00", "/api/v1/search?q=%ff", "/api/v1/search?q=%00&%ff=1",
        "/api/v1/search?%24ne=1", "/api/v1/search?limit=9999999999999999999999", "/api/v1/search?limit=1e3",
        "/api/v1/search?limit=", "/api/v1/search?cursor=%ed%a0%80", "/%ff", "/?%ff", "/api/v1/events?topics=%ff",
    ],
)  # fmt: skip
def test_no_address_is_an_internal_error(client, bus, address):
    """Bytes that are no text, operators and huge numbers in an address are answered, not stumbled over."""
    bus.answers = {"search.search": {"hits": [], "facets": {}, "total": 0}, "jobs.get_vacancy": {}}
    assert client.get(address).status_code in (200, 404, 422)


@pytest.mark.parametrize(
    "text", [r'"\ud800"', r'"\udc00x"', r'"\u0000"', '"\\ud83d\\ude00"', "1e999", "-0", "1" * 5000]
)
def test_odd_json_values(client, text):
    """Lone surrogates, zero bytes and numbers beyond all limits never crash anything."""
    body = json.dumps(REGISTRATION).replace('"An attendee"', text)
    response = client.post("/api/v1/attendees", content=body, headers={"Content-Type": "application/json"})
    assert response.status_code in (201, 400, 422), response.text
