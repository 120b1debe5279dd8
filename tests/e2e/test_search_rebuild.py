"""The index of a whole conference made anew, while people search through the gateway."""

from __future__ import annotations

import threading
from pathlib import Path

import httpx

from tests.e2e.api_client import People, eventually

PROJECT = {"title": {"en": "Tidal kelp battery", "zh": "潮汐海藻电池"}, "abstract": "Stores.", "sector": "energy"}
QUESTIONS = ("kelp", "潮汐", "", "title:kelp", '"kelp battery"')


def all_ids(client: httpx.Client) -> set[str]:
    """Everything that can be found."""
    ids: set[str] = set()
    cursor = None
    while True:
        page = {"sort": "oldest", "limit": "100", **({"cursor": cursor} if cursor else {})}
        answer = client.get("/api/v1/search", params=page)
        assert answer.status_code == 200, answer.text
        ids |= {hit["id"] for hit in answer.json()["hits"]}
        if (cursor := answer.json()["next"]) is None:
            return ids


def test_searches_are_answered_while_the_index_is_rebuilt(conference):
    """No answer but 200 from the moment it is asked for to its end, and the same ids before and after."""
    statuses: list[int] = []
    done = threading.Event()

    def search() -> None:
        with httpx.Client(base_url=conference.gateway_url, timeout=10) as searching:
            while not done.is_set():
                for question in QUESTIONS:
                    statuses.append(searching.get("/api/v1/search", params={"q": question}).status_code)

    with httpx.Client(base_url=conference.gateway_url, timeout=10) as client:
        people = People(client, Path(conference.env["SUBVENUE_TOKEN_PRIVATE_KEY_FILE"]))
        owner = people.attendee()
        submitted = client.post("/api/v1/projects", json=PROJECT, headers=owner["headers"])
        assert submitted.status_code == 201, submitted.text
        eventually(lambda: client.get("/api/v1/search?q=kelp").json()["total"] == 1)
        before = all_ids(client)
        searching = [threading.Thread(target=search) for _ in range(2)]
        for thread in searching:
            thread.start()
        try:
            asked = client.post("/api/v1/search/rebuild", headers=people.operator())
            assert asked.status_code == 202, asked.text
            address = "/api/v1/search/rebuild"
            eventually(lambda: client.get(address, headers=people.operator()).json()["state"] == "done", 60)
        finally:
            done.set()
            for thread in searching:
                thread.join()
        assert set(statuses) == {200}
        assert all_ids(client) == before
        assert submitted.json()["id"] in before
