"""The user name fragments and passwords of ICE, as SDP carries them (RFC 8839, 5.4)."""

from __future__ import annotations

import re

_ICE_TOKEN = re.compile(r"[A-Za-z0-9+/]{4,256}")
_SHORTEST_PASSWORD = 22  # characters: 128 random bits


def is_ice_token(text: str) -> bool:
    """Whether this can be a user name fragment."""
    return _ICE_TOKEN.fullmatch(text) is not None


def is_ice_password(text: str) -> bool:
    """Whether this can be an ICE password."""
    return len(text) >= _SHORTEST_PASSWORD and is_ice_token(text)
