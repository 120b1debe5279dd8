"""Listings, page after page, through a whole conference."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests.e2e.api_client import People


@pytest.fixture
def client(conference):
    with httpx.Client(base_url=conference.gateway_url, timeout=10) as client:
        yield client


def test_every_session_of_a_venue_is_on_one_page(conference, client):
    """Five sessions by twos: all of them, each once, in the order of the programme."""
    operator = People(client, Path(conference.env["SUBVENUE_TOKEN_PRIVATE_KEY_FILE"])).operator()
    venue = {"name": "A venue", "city": "Oslo", "country": "NO", "time_zone": "Europe/Oslo"}
    venue_id = client.post("/api/v1/sub-venues", json=venue, headers=operator).json()["id"]
    wanted = []
    for hour in (12, 9, 11, 10, 9):
        times = {"starts_at": f"2026-12-18T{hour:02}:00:00Z", "ends_at": f"2026-12-18T{hour:02}:40:00Z"}
        body = {"sub_venue_id": venue_id, "kind": "talk", "title": "A talk", **times}
        wanted.append(client.post("/api/v1/sessions", json=body, headers=operator).json())

    listed, sizes, parameters = [], [], {"sub_venue_id": venue_id, "limit": 2}
    while True:
        page = client.get("/api/v1/sessions", params=parameters).json()
        listed += [(session["starts_at"], session["id"]) for session in page["items"]]
        sizes.append(len(page["items"]))
        if page["next"] is None:
            break
        parameters["cursor"] = page["next"]

    assert sizes == [2, 2, 1]
    assert listed == sorted((session["starts_at"], session["id"]) for session in wanted)
