"""The routes of search beside the search itself: who may ask, and what the service is told."""

from __future__ import annotations

import asyncio

import pytest

from gateway.push import news
from gateway.push.live import frame
from messaging.contracts.search import Notice, NoticesDue
from messaging.envelope import wrap
from tests.unit.gateway_fakes import FakeBus, a_gateway, signed


def as_operator() -> dict[str, str]:
    """The header of an operator; a token lasts a minute."""
    return signed(subject="op-1", roles=("operator",))


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
        asked = client.post("/api/v1/search/rebuild", headers={**as_operator(), "Idempotency-Key": "k"})
        assert (asked.status_code, asked.json()) == (202, told)
        keys.append(bus.calls.pop()[1]["command_id"])
    assert keys[0] == keys[1]
    assert client.get("/api/v1/search/rebuild", headers=as_operator()).json() == told
    assert bus.calls == [("search.get_rebuild", {"actor": ACTOR})]


def test_saved_searches_are_somebodys_own(gateway):
    """401 without a token; the body goes strictly, the actor and a key from the gateway."""
    bus, client = gateway
    actor = {"id": "att-1", "roles": ["attendee"]}
    saved = {"id": "svs_1", "owner_id": "att-1", "created_at": "2026-11-24T12:00:00.000Z", "pace": "digest"}
    page = {"items": [], "next": None}
    bus.forget(
        {
            "search.save_search": saved,
            "search.delete_saved_search": saved,
            "search.list_saved_searches": page,
            "search.list_notices": page,
        }
    )
    body = {"q": "电池", "filters": {"country": ["CN"]}, "ranges": {"time": {"at_least": 1}}, "pace": "digest"}
    asked = [
        ("POST", "/saved-searches", body, 201),
        ("GET", "/saved-searches", None, 200),
        ("DELETE", "/saved-searches/svs_1", None, 200),
        ("GET", "/notices?limit=5", None, 200),
    ]
    for method, address, content, status in asked:
        assert client.request(method, f"/api/v1{address}", json=content).status_code == 401
        answer = client.request(method, f"/api/v1{address}", json=content, headers=signed())
        assert answer.status_code == status, answer.text
    assert all(call["actor"] == actor for _, call in bus.calls)
    assert {key: bus.calls[0][1][key] for key in body} == body
    assert bus.calls[3] == ("search.list_notices", {"limit": 5, "actor": actor})


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"q": "x" * 513}, "q"),
        ({"q": {"$ne": 1}}, "q"),
        ({"pace": "hourly"}, "pace"),
        ({"filters": {"colour": ["red"]}}, "filters"),
        ({"ranges": {"time": {}}}, "ranges.time"),
        ({"owner_id": "somebody else"}, "owner_id"),
        ({"actor": {"id": "somebody else"}}, "actor"),
    ],
)
def test_a_bad_saved_search_is_refused_by_name(gateway, body, field):
    """422, and the service is not asked."""
    bus, client = gateway
    bus.forget({})
    answer = client.post("/api/v1/saved-searches", json=body, headers=signed())
    assert answer.status_code == 422, answer.text
    assert field.partition(".")[0] in f"{answer.json().get('field')} {answer.json()['detail']}"
    assert bus.calls == []


def test_notices_are_streamed_to_their_owner_only():
    """The topic needs a token; each owner has one of their own, and no name of it is on the wire."""
    assert news.private_topic("att-1") != news.private_topic("att-2")
    assert news.PRIVATE not in news.TOPICS
    assert frame(news.private_topic("att-1"), [{"id": "ntc_1"}]).startswith(b"event: notices\n")


def test_the_stream_of_notices_needs_a_token(gateway):
    """401 for who shows none, and a private topic cannot be asked for by its inner name."""
    _, client = gateway
    assert client.get("/api/v1/events?topics=notices").status_code == 401
    assert client.get("/api/v1/events?topics=notices/att-2", headers=signed()).status_code == 422


def test_only_the_owner_is_told():
    """What is due goes to the owner's topic, each notice by its id."""
    told = []

    class FakeLive:
        def tell(self, topic, key, message):
            told.append((topic, key, message["document_id"]))

    notice = Notice(
        id="ntc_1", owner_id="att-1", saved_search_id="svs_1", document_id="p1", document_type="project",
        titles={}, found_at="2026-11-24T12:00:00.000Z",
    )  # fmt: skip
    event = NoticesDue(owner_id="att-1", notices=(notice,))
    handler = news.handlers(FakeLive(), None)[NoticesDue]
    asyncio.run(handler(wrap(event, aggregate="index", seq=0), event))
    assert told == [("notices/att-1", "ntc_1", "p1")]
