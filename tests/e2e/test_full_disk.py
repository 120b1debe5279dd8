"""The document server's disk is full: writes are refused in time, nothing is half-written, and it recovers.

A limit on the size of its files stands for the full disk (RLIMIT_FSIZE, set from outside while it runs): every
write beyond it fails as on a full disk, with an error of the system.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from tests.e2e.api_client import a_registration, eventually

SMALL = 4096  # bytes: all of the store's files are longer, so nothing can be written
ANSWER_SECONDS = 3.5  # as for any store that is away, with the machine's own slowness


@pytest.fixture
def client(conference):
    with httpx.Client(base_url=conference.gateway_url, timeout=10) as client:
        yield client


@contextmanager
def full_disk(conference) -> Iterator[None]:
    """The document server can write nothing while the body runs."""
    pid = conference.pid("documents")
    soft, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (SMALL, hard))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_is_503_and_recovers(conference, client):
    """Registrations are 503 in time while it is full; the same keys then register once each, and are found."""
    people = [
        a_registration(projects=[{"title": f"Full {n}", "abstract": "Kept.", "sector": "ai"}]) for n in range(3)
    ]

    def register(number: int) -> httpx.Response:
        headers = {"Idempotency-Key": f"full-disk-{people[number]['email']}"}
        return client.post("/api/v1/attendees", json=people[number], headers=headers)

    assert client.post("/api/v1/attendees", json=a_registration()).status_code == 201
    with full_disk(conference):
        for number in range(len(people)):
            began = time.monotonic()
            refused = register(number)
            assert refused.status_code == 503, refused.text
            assert time.monotonic() - began < ANSWER_SECONDS

    registered = [eventually(lambda n=number: created(register(n))) for number in range(len(people))]
    again = [register(number).json() for number in range(len(people))]
    assert [one["id"] for one in again] == [one["id"] for one in registered]
    for one in registered:
        eventually(lambda id=one["projects"][0]["id"]: client.get(f"/api/v1/projects/{id}").status_code == 200)


def created(response: httpx.Response):
    """The body of a 201, or None."""
    return response.json() if response.status_code == 201 else None
