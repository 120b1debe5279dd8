"""The arrival as Locust asks for it."""

from __future__ import annotations

from locust import LoadTestShape

from .arrival import arrived
from .settings import Settings


class OpeningMinute(LoadTestShape):
    """Sixty of a hundred within half a minute, everybody after one; all stay to the end."""

    def __init__(self) -> None:
        super().__init__()
        settings = Settings.read()
        self._users, self._seconds = settings.users, settings.minutes * 60

    def tick(self) -> tuple[int, float] | None:
        """How many are there now, and how many come a second; None when it is over."""
        now = self.get_run_time()
        if now > self._seconds:
            return None
        here = arrived(now, self._seconds) * self._users
        return max(1, round(here)), max(1.0, self._users / 30)
