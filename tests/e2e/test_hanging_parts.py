"""A part that hangs is worse than one that is gone: no connection closes. The answer still comes in time."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from deploy.local.stack import Stack
from tests.e2e.api_client import a_registration

ANSWERED_WITHIN = 3.0


@contextmanager
def hanging(conference: Stack, name: str) -> Iterator[None]:
    """The process is frozen, with all its connections open."""
    pid = conference.pid(name)
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)
        conference.wait_ready()


@pytest.mark.parametrize(("name", "statuses"), [("documents", {503}), ("broker", {503, 504})])
def test_a_hanging_part_is_answered_for(conference: Stack, name: str, statuses: set[int]) -> None:
    """Registering while the store or the broker hangs is refused within 3 s, and works when it goes on."""
    with httpx.Client(base_url=conference.gateway_url, timeout=10) as client:
        body = a_registration()
        with hanging(conference, name):
            began = time.monotonic()
            answer = client.post("/api/v1/attendees", json=body, headers={"Idempotency-Key": f"hang-{name}"})
            waited = time.monotonic() - began
        assert answer.status_code in statuses, answer.text
        assert "Retry-After" in answer.headers
        assert waited < ANSWERED_WITHIN
        deadline = time.monotonic() + 30
        while (
            client.post("/api/v1/attendees", json=body, headers={"Idempotency-Key": f"hang-{name}"}).status_code
            != 201
        ):
            assert time.monotonic() < deadline
            time.sleep(0.2)
