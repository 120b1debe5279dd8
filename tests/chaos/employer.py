"""Somebody who offers vacancies, before the storm begins."""

from __future__ import annotations

from .clients import Client


def vacancies(client: Client, count: int) -> list[str]:
    """The ids of new vacancies: half of them count their openings, half take everybody."""
    headers = client.register("employer")["headers"]
    body = {"name": {"en": "An enterprise"}, "kind": "enterprise", "country": "CN"}
    organisation = client.command("organisation", "one", "POST", "/organisations", body, headers)
    vacancy = {"organisation_id": organisation["id"], "description": "Builds.", "sector": "ai", "country": "CN"}
    return [
        client.command(
            "vacancy",
            str(number),
            "POST",
            "/vacancies",
            {**vacancy, "title": f"Vacancy {number}", "openings": 10_000 if number % 2 else "unlimited"},
            headers,
        )["id"]
        for number in range(count)
    ]
