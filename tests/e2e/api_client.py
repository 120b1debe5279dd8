"""A client of the API, and people who use it."""

from __future__ import annotations

import itertools
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import jwt

RUN = uuid.uuid4().hex[:8]
_numbers = itertools.count(1)


def a_registration(**changes: Any) -> dict[str, Any]:
    """A valid body for POST /attendees, with an address of its own."""
    return {
        "email": f"attendee-{RUN}-{next(_numbers)}@example.org",
        "name": "An attendee",
        "country": "AU",
        "languages": ["en", "zh"],
        "time_zone": "Australia/Sydney",
        "mode": "online",
        "sectors": ["ai"],
        **changes,
    }


def bearer(token: str) -> dict[str, str]:
    """The header that shows `token`."""
    return {"Authorization": f"Bearer {token}"}


class People:
    """Attendees and an operator of a running conference."""

    def __init__(self, client: httpx.Client, private_key: Path) -> None:
        self._client = client
        self._private_key = private_key.read_text()

    def attendee(self, **changes: Any) -> dict[str, Any]:
        """Somebody who has just registered: id, token, projects, and the headers to send."""
        response = self._client.post("/api/v1/attendees", json=a_registration(**changes))
        assert response.status_code == 201, response.text
        registered = response.json()
        return {**registered, "headers": bearer(registered["token"])}

    def operator(self) -> dict[str, str]:
        """The headers of an operator, whose token is signed as registration signs them."""
        return bearer(self.token(roles=["operator"], sub="operator-1"))

    def token(self, **claims: Any) -> str:
        """A token with these claims, signed by the conference's own key."""
        now = int(time.time())
        identity = {"sub": "att-x", "roles": ["attendee"], "iss": "subvenue", "aud": "subvenue"}
        return jwt.encode({**identity, "iat": now, "exp": now + 300, **claims}, self._private_key, "EdDSA")


def eventually(condition: Callable[[], Any], seconds: float = 15) -> Any:
    """What `condition` answers as soon as it is true; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)
    return answer
