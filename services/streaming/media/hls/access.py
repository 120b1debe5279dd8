"""Who may fetch: a key in the path, the same for everybody who watches a session within some hours.

So a CDN can keep what it fetched once. The key is given to whoever shows a capability to watch; every node can
check it, because it is made with the secret that they share.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time

_WINDOW = 6 * 3600  # s; a key is good for one to two of them


class Keys:
    """Makes and checks keys."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def key(self, session_id: str, now: float | None = None) -> str:
        """The key of a session at this time (unix seconds)."""
        return self._made(session_id, int((now or time.time()) // _WINDOW) + 2)

    def fits(self, session_id: str, key: str, now: float | None = None) -> bool:
        """Whether the key is of this session, and has not run out."""
        window, _, _ = key.partition("-")
        if not window.isdecimal() or len(window) > 12:
            return False
        is_genuine = hmac.compare_digest(self._made(session_id, int(window)).encode(), key.encode())
        return is_genuine and int(window) * _WINDOW > (now or time.time())

    def _made(self, session_id: str, window: int) -> str:
        """`window` is the one at whose beginning the key runs out."""
        digest = hmac.digest(self._secret, f"hls:{session_id}:{window}".encode(), hashlib.sha256)
        return f"{window}-{base64.urlsafe_b64encode(digest[:18]).decode()}"
