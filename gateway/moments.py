"""Times and numbers in a query string, as the bounds of a range."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from .problems import invalid

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_DAY = timedelta(days=1)


def milliseconds(text: str, name: str, *, end: bool = False) -> int:
    """A time (RFC 3339; without an offset UTC) as milliseconds since 1970.

    A date stands for its first moment in UTC, or with `end` for its last. 422 that names the parameter otherwise.
    """
    try:
        moment = datetime.fromisoformat(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        whole_day = bool(_DATE.fullmatch(text)) and end
        return int((moment + _DAY).timestamp() * 1000) - 1 if whole_day else int(moment.timestamp() * 1000)
    except (ValueError, OverflowError):
        raise invalid(f"`{name}` must be a date or a time such as 2026-12-18T09:00:00Z.", name) from None
