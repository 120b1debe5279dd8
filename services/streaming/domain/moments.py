"""Moments as the programme keeps them: RFC 3339 in UTC, so that their text sorts as they do."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, datetime

from messaging.contracts.errors import InvalidInput


def in_utc(text: str, field: str) -> str:
    """`text`, an RFC 3339 time with its offset, in UTC to the second. Raises `InvalidInput`."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput("give a time as in 2026-12-18T09:00:00+08:00", field) from None
    if moment.tzinfo is None:
        raise InvalidInput("say which offset the time has, as in 2026-12-18T09:00:00+08:00", field)
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def check_time_zone(name: str) -> str:
    """`name` if it is an IANA time zone. Raises `InvalidInput`."""
    if name not in zoneinfo.available_timezones():
        raise InvalidInput(f"{name} is not an IANA time zone", "time_zone")
    return name
