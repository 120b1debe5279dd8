"""Real project descriptions through the public API: 629 European funding calls, each found by its title."""

from __future__ import annotations

import json
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.local.stack import Stack
from tests.e2e.api_client import People, a_registration

CALLS = Path(__file__).resolve().parents[3] / "shared/data/search-dev/eu_calls/docs.jsonl"
PER_ATTENDEE = 20  # the most that come along with one registration
CONVERGED_WITHIN = 60.0


def projects() -> list[dict[str, Any]]:
    """The calls as projects; a call without a text is described by its programme."""
    lines = CALLS.read_text(encoding="utf-8").splitlines()
    calls = [json.loads(line) for line in lines]
    return [
        {
            "title": call["title"][:300],
            "abstract": call["text"] or call["programme"],
            "sector": "european-funding",
        }
        for call in calls
    ]


@pytest.fixture(scope="module")
def titles(conference: Stack) -> list[str]:
    """All calls registered by attendees, and searchable. Answers their titles."""
    if not CALLS.exists():
        pytest.skip("the search-dev collections are not beside this checkout")
    drafts = projects()
    with httpx.Client(base_url=conference.gateway_url, timeout=10) as client:
        for start in range(0, len(drafts), PER_ATTENDEE):
            body = a_registration(projects=drafts[start : start + PER_ATTENDEE])
            assert client.post("/api/v1/attendees", json=body).status_code == 201
        deadline = time.monotonic() + CONVERGED_WITHIN
        while total(client) < len(drafts):
            assert time.monotonic() < deadline, f"only {total(client)} of {len(drafts)} are searchable"
            time.sleep(0.1)
    return [draft["title"] for draft in drafts]


def total(client: httpx.Client) -> int:
    """How many of the calls searches find."""
    query = {"type": "project", "sector": "european-funding", "limit": 1}
    return int(client.get("/api/v1/search", params=query).json()["total"])


def test_every_call_is_found_by_its_title(conference: Stack, titles: list[str]) -> None:
    """Searching a title answers the project with it among the first ten; titles of several, all of them."""
    missed = []
    with httpx.Client(base_url=conference.gateway_url, timeout=10) as client:
        for title, times in Counter(titles).items():
            query = {"q": title[:512], "type": "project", "limit": max(10, times)}
            answer = client.get("/api/v1/search", params=query)
            assert answer.status_code == 200, answer.text
            found = Counter(hit["titles"].get("en") or hit["title"] for hit in answer.json()["hits"])
            if found[title] < times:
                missed.append((title, found[title], times))
    assert not missed


def test_a_chinese_title_is_found_by_anybody(conference: Stack) -> None:
    """What anybody may read needs no token, and a hit tells where the project is."""
    with httpx.Client(base_url=conference.gateway_url, timeout=10) as client:
        people = People(client, Path(conference.env["SUBVENUE_TOKEN_PRIVATE_KEY_FILE"]))
        mine = people.attendee(projects=[{"title": "海洋观测浮标", "abstract": "浮标", "sector": "marine"}])
        id, deadline = mine["projects"][0]["id"], time.monotonic() + 10
        hits: list[dict[str, str]] = []
        while id not in [hit["id"] for hit in hits]:  # calls in English that speak of buoys are found before it is
            assert time.monotonic() < deadline
            time.sleep(0.05)
            hits = client.get("/api/v1/search", params={"q": "海洋观测浮标"}).json()["hits"]
        assert hits[0]["id"] == id
        assert client.get(f"/api/v1/projects/{hits[0]['id']}").json()["title"] == {"zh": "海洋观测浮标"}
