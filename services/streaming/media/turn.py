"""The ICE servers that clients are told of, with credentials for the relays that soon expire.

TURN's REST scheme, which coturn calls `use-auth-secret`: the user name says until when, the password is its HMAC
under a secret that only the relay and the node know. So nobody keeps a list of users, and what leaks is soon void.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Iterator

from .settings import Settings


def ice_links(settings: Settings, now: float, trusted: bool) -> Iterator[str]:
    """`Link` header values (RFC 9725, 4.6) for the configured servers.

    Relays are only told to who holds a capability (`trusted`). `now` is in s, as time.time().
    """
    for url in settings.ice_servers:
        if not url.startswith(("turn:", "turns:")):
            yield f'<{url}>; rel="ice-server"'
        elif trusted:
            yield f'<{url}>; rel="ice-server"' + _credentials(settings, now)


def _credentials(settings: Settings, now: float) -> str:
    if not settings.turn_secret:
        return ""
    name = f"{int(now) + settings.turn_ttl}:{secrets.token_hex(6)}"  # the relay's log shows no attendee
    password = base64.b64encode(hmac.digest(settings.turn_secret, name.encode(), "sha1")).decode()
    return f'; username="{name}"; credential="{password}"; credential-type="password"'
