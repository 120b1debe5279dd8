"""A part that hangs is worse than one that is gone: no connection closes. The answer still comes in time."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from deploy.local.stack import Stack
from tests.e2e.api_client import a_registration
from tests.integration.broker_control import rabbitmqctl

ANSWERED_WITHIN = 3.0


def registered_in_the_end(client: httpx.Client, body: dict[str, Any], key: str) -> None:
    """The same request, repeated until it is done."""
    deadline = time.monotonic() + 30
    while client.post("/api/v1/attendees", json=body, headers={"Idempotency-Key": key}).status_code != 201:
        assert time.monotonic() < deadline
        time.sleep(0.2)


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
        registered_in_the_end(client, body, f"hang-{name}")


def test_the_brokers_memory_alarm(conference: Stack) -> None:
    """A broker under alarm takes nothing and says nothing: the answer comes at the deadline, the work later."""
    with httpx.Client(base_url=conference.gateway_url, timeout=10) as client:
        body = a_registration()
        rabbitmqctl(conference, "set_vm_memory_high_watermark", "absolute", "1MB")
        try:
            began = time.monotonic()
            answer = client.post("/api/v1/attendees", json=body, headers={"Idempotency-Key": "alarm"})
            waited = time.monotonic() - began
        finally:
            rabbitmqctl(conference, "set_vm_memory_high_watermark", "0.4")
        assert answer.status_code in {503, 504}, answer.text
        assert waited < ANSWERED_WITHIN
        registered_in_the_end(client, body, "alarm")
