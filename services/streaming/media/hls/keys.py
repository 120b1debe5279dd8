"""What the routes of this folder find in the application."""

from __future__ import annotations

from aiohttp import web

from .access import Keys
from .packaging import Packaging

PACKAGING = web.AppKey("packaging", Packaging)
KEYS = web.AppKey("hls_keys", Keys)
