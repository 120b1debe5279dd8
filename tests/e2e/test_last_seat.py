"""A hundred attendees apply at once for the last opening."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import httpx

from tests.e2e.api_client import People, eventually

APPLICANTS = 100


def test_a_hundred_posts_for_the_last_seat(conference: Any) -> None:
    """One 201, ninety-nine 409, and one application; who gets 503 under load asks again, as the API says."""
    with httpx.Client(base_url=conference.gateway_url, timeout=20) as client:
        people = People(client, Path(conference.env["SUBVENUE_TOKEN_PRIVATE_KEY_FILE"]))
        employer = people.attendee()["headers"]
        vacancy = a_vacancy(client, employer)
        tokens = [people.token(sub=f"att-last-seat-{number}") for number in range(APPLICANTS)]
        statuses = asyncio.run(race(conference.gateway_url, vacancy, tokens))
        assert statuses == Counter({201: 1, 409: APPLICANTS - 1})
        kept = client.get(f"/api/v1/vacancies/{vacancy}/applications", headers=employer).json()
        assert len(kept["items"]) == 1


def a_vacancy(client: httpx.Client, headers: dict[str, str]) -> str:
    """The id of a vacancy with one opening. The organisation reaches jobs by an event."""
    organisation = {"name": {"en": "One seat"}, "kind": "enterprise", "country": "CN"}
    made = client.post("/api/v1/organisations", json=organisation, headers=headers).json()["id"]
    body = {"organisation_id": made, "title": "The last", "description": "One.", "sector": "ai", "country": "CN"}

    def post() -> Any:
        answer = client.post("/api/v1/vacancies", json={**body, "openings": 1}, headers=headers)
        return answer.status_code == 201 and answer.json()["id"]

    return str(eventually(post))


async def race(url: str, vacancy: str, tokens: list[str]) -> Counter[int]:
    """What everybody is answered in the end."""
    async with httpx.AsyncClient(base_url=url, timeout=30, limits=httpx.Limits(max_connections=None)) as client:

        async def apply(token: str) -> int:
            headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "the-last-seat"}
            path = f"/api/v1/vacancies/{vacancy}/applications"
            for _ in range(60):
                answer = await client.post(path, json={"message": "Me."}, headers=headers)
                if answer.status_code < 500:
                    break
                await asyncio.sleep(0.5)
            return answer.status_code

        return Counter(await asyncio.gather(*map(apply, tokens)))
