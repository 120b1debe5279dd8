"""Every route asks the right service, and answers what it said."""

from __future__ import annotations

import urllib.parse

import pytest

from gateway.edge.rules import read_at
from gateway.queries import percent_encoded
from tests.unit.gateway_fakes import FakeBus, a_gateway, signed

ACTOR = {"actor": {"id": "att-1", "roles": ["attendee"]}}
TEXT = {"zh": "文", "en": "text"}
VACANCY = {"organisation_id": "o1", "title": TEXT, "description": "d", "sector": "it", "country": "CN"}

ROUTES = [
    ("GET", "/me", None, "registration.get_me", {}, 200),
    ("PATCH", "/me", {"name": "N"}, "registration.update_attendee", {"name": "N"}, 200),
    ("GET", "/me/applications?limit=3", None, "jobs.list_my_applications", {"limit": 3}, 200),
    ("POST", "/organisations", {"name": TEXT, "kind": "host", "country": "CN"}, "registration.create_organisation",
     {"name": TEXT, "kind": "host", "country": "CN"}, 201),
    ("GET", "/organisations?kind=host&cursor=c", None, "registration.list_organisations",
     {"kind": "host", "cursor": "c"}, 200),
    ("GET", "/organisations/o1", None, "registration.get_organisation", {"organisation_id": "o1"}, 200),
    ("POST", "/projects", {"title": "t", "abstract": "a", "sector": "it"}, "registration.submit_project",
     {"title": "t", "abstract": "a", "sector": "it"}, 201),
    ("GET", "/projects/p1", None, "registration.get_project", {"project_id": "p1"}, 200),
    ("PATCH", "/projects/p1", {"stage": None}, "registration.update_project",
     {"project_id": "p1", "stage": None}, 200),
    ("POST", "/vacancies", VACANCY, "jobs.post_vacancy", VACANCY, 201),
    ("GET", "/vacancies?organisation_id=o1&status=open", None, "jobs.list_vacancies",
     {"organisation_id": "o1", "status": "open"}, 200),
    ("GET", "/vacancies/v1", None, "jobs.get_vacancy", {"vacancy_id": "v1"}, 200),
    ("PATCH", "/vacancies/v1", {"status": "closed", "city": None}, "jobs.update_vacancy",
     {"vacancy_id": "v1", "status": "closed", "city": None}, 200),
    ("POST", "/vacancies/v1/applications", {"message": "m"}, "jobs.apply",
     {"vacancy_id": "v1", "message": "m"}, 201),
    ("GET", "/vacancies/v1/applications", None, "jobs.list_applications", {"vacancy_id": "v1"}, 200),
    ("DELETE", "/applications/a1", None, "jobs.withdraw_application", {"application_id": "a1"}, 200),
    ("POST", "/sub-venues", {"name": "n", "city": "c", "country": "JP", "time_zone": "Asia/Tokyo"},
     "streaming.create_sub_venue", {"name": "n", "city": "c", "country": "JP", "time_zone": "Asia/Tokyo"}, 201),
    ("GET", "/sub-venues", None, "streaming.list_sub_venues", {}, 200),
    ("POST", "/sessions", {"sub_venue_id": "s", "kind": "talk", "title": "t", "starts_at": "a", "ends_at": "b"},
     "streaming.schedule_session",
     {"sub_venue_id": "s", "kind": "talk", "title": "t", "starts_at": "a", "ends_at": "b"}, 201),
    ("GET", "/sessions?live=false&limit=200", None, "streaming.list_sessions", {"live": False, "limit": 200}, 200),
    ("GET", "/sessions/s1", None, "streaming.get_session", {"session_id": "s1"}, 200),
    ("POST", "/sessions/s1/start", None, "streaming.start_session", {"session_id": "s1"}, 200),
    ("POST", "/sessions/s1/end", None, "streaming.end_session", {"session_id": "s1"}, 200),
]  # fmt: skip


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    bus = FakeBus()
    with a_gateway(bus, tmp_path_factory.mktemp("gateway")) as client:
        yield bus, client


every_route = pytest.mark.parametrize(
    ("method", "address", "body", "call", "kwargs", "status"), ROUTES, ids=lambda value: str(value)[:40]
)


@every_route
def test_route(gateway, method, address, body, call, kwargs, status):
    """One call with exactly what was sent, for commands an id, and who asks where the answer is not for all."""
    bus, client = gateway
    bus.forget({call: {"id": "x", "items": [], "next": None}})
    response = client.request(method, f"/api/v1{address}", json=body, headers=signed())
    assert response.status_code == status, response.text
    assert response.json() == {"id": "x", "items": [], "next": None}
    ((called, sent),) = bus.calls
    assert called == call
    if method != "GET":
        assert sent.pop("command_id")
    read = read_at(f"/api/v1{address}".partition("?")[0]) if method == "GET" else None
    assert sent == (kwargs if read and not read.per_actor else {**kwargs, **ACTOR})


@every_route
def test_changes_need_a_token(gateway, method, address, body, call, kwargs, status):
    """Whatever changes something, or is somebody's own, is 401 without a token."""
    bus, client = gateway
    bus.forget({call: {}})
    own = address.startswith("/me") or address.endswith("/applications")
    response = client.request(method, f"/api/v1{address}", json=body)
    assert response.status_code == (401 if method != "GET" or own else 200)


def test_search_gathers_filters_and_flattens_hits(tmp_path):
    """Filters by repetition or commas; the fields of a hit stand beside its id and never replace it."""
    hit = {"id": "p1", "type": "project", "score": 1.5, "title": "T", "titles": {"en": "T"}, "highlights": {},
           "fields": {"sector": "ai", "id": "evil"}}  # fmt: skip
    bus = FakeBus({"search.search": {"hits": [hit], "facets": {"sector": [["ai", 1]]}, "total": 1, "next": None}})
    with a_gateway(bus, tmp_path) as client:
        response = client.get(
            "/api/v1/search?q=x&sector=ai,bio&sector=it&country=AU&type=project&lang=zh&facets=sector&sort=newest",
        )
    assert bus.calls[0][1] == {
        "q": "x",
        "type": "project",
        "lang": "zh",
        "filters": {"sector": ["ai", "bio", "it"], "country": ["AU"]},
        "facets": ["sector"],
        "sort": "newest",
    }
    assert response.json()["hits"] == [{**{k: v for k, v in hit.items() if k != "fields"}, "sector": "ai"}]


def test_search_takes_ranges_and_grouping(tmp_path):
    """Times in any offset and whole days become milliseconds, bounds included; groups are flattened like hits."""
    hit = {"id": "v1", "fields": {"sector": "ai"}}
    groups = [{"type": "vacancy", "hits": [hit], "total": 1}]
    bus = FakeBus({"search.search": {"hits": [], "facets": {}, "total": 1, "groups": groups}})
    with a_gateway(bus, tmp_path) as client:
        answer = client.get(
            "/api/v1/search?group=type&since=2026-12-18&until=2026-12-18&closes_since=2026-12-18T08:00:00%2B08:00"
            "&openings_min=2",
        ).json()
    day = 1_797_552_000_000
    assert bus.calls[0][1] == {
        "q": "",
        "group": "type",
        "ranges": {
            "time": {"at_least": day, "at_most": day + 86_399_999},
            "closes_at": {"at_least": day},
            "openings": {"at_least": 2},
        },
    }
    assert answer["groups"] == [{"type": "vacancy", "hits": [{"id": "v1", "sector": "ai"}], "total": 1}]
    assert answer["next"] is None


def test_chinese_in_an_address_may_be_encoded_or_not(tmp_path):
    """Bytes of UTF-8 that a client sent as they are mean the same as their %XX; what is no UTF-8 harms nobody."""
    assert percent_encoded("q=生".encode()) == b"q=%E7%94%9F"
    assert percent_encoded(b"q=%e7&x=\xff") == b"q=%e7&x=%FF"
    bus = FakeBus({"search.search": {"hits": [], "facets": {}, "total": 0}})
    with a_gateway(bus, tmp_path) as client:
        inner = client.app

        async def raw(scope, receive, send):
            """httpx encodes whatever it is given; other clients do not."""
            if scope["type"] == "http":
                scope["query_string"] = urllib.parse.unquote_to_bytes(scope["query_string"])
            await inner(scope, receive, send)

        client.app = raw
        assert client.get("/api/v1/search?q=生物").status_code == 200
    assert bus.calls[0][1]["q"] == "生物"


def test_a_browsers_language_hides_no_documents(tmp_path):
    """`Accept-Language` is a preference of the reader and no filter; only `lang` restricts a search."""
    bus = FakeBus({"search.search": {"hits": [], "facets": {}, "total": 0, "next": None}})
    with a_gateway(bus, tmp_path) as client:
        client.get("/api/v1/search?q=x", headers={"Accept-Language": "en"})
    assert "lang" not in bus.calls[0][1]


def test_request_id_travels(tmp_path):
    """A harmless X-Request-ID goes to the service and comes back; another is replaced."""
    bus = FakeBus({"jobs.get_vacancy": {}})
    traceparent = "00-" + "a" * 32 + "-" + "b" * 16 + "-01"
    with a_gateway(bus, tmp_path) as client:
        headers = {"X-Request-ID": "req-1", "traceparent": traceparent}
        assert client.get("/api/v1/vacancies/v", headers=headers).headers["x-request-id"] == "req-1"
        assert client.get("/api/v1/vacancies/v", headers={"X-Request-ID": "a b"}).headers["x-request-id"] != "a b"
    assert bus.options[0]["correlation_id"] == "req-1"
    assert bus.options[0]["traceparent"] == traceparent


def test_answers_are_not_cached(tmp_path):
    """What the API answers may be somebody's own: no cache keeps it."""
    with a_gateway(FakeBus({"registration.get_me": {}}), tmp_path) as client:
        assert client.get("/api/v1/me", headers=signed()).headers["cache-control"] == "no-store"
        assert client.get("/api/v1/me").headers["cache-control"] == "no-store"
