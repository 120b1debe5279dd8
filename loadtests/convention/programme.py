"""The two days: every session starts and ends at its time, told by an operator, seen by everybody."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

from deploy.seed.progress import Progress
from loadtests.api import Api

from .clock import FastClock


def times(session: dict[str, Any]) -> tuple[datetime, datetime]:
    """When a session starts and ends. Its end is taken a second early: a venue's next may start at once."""
    starts, ends = (datetime.fromisoformat(session[name]) for name in ("starts_at", "ends_at"))
    return starts, ends - timedelta(seconds=1)


def moments(sessions: list[dict[str, Any]]) -> list[datetime]:
    """All starts and ends of a programme."""
    return [moment for session in sessions for moment in times(session)]


async def play(api: Api, sessions: list[dict[str, Any]], clock: FastClock, operator: str, shown: Progress) -> int:
    """Start and end every session; how many were over, as the API answered."""
    ended = 0

    async def hold(session: dict[str, Any]) -> None:
        nonlocal ended
        starts, ends = times(session)
        address = f"/api/v1/sessions/{session['id']}"
        await clock.reach(starts)
        await api.post("start a session", f"{address}/start", None, token=operator)
        await clock.reach(ends)
        answer = await api.post("end a session", f"{address}/end", None, token=operator)
        ended += answer["status"] == "ended"
        shown.reach("sessions held", ended)

    async with asyncio.TaskGroup() as stage:
        for session in sessions:
            stage.create_task(hold(session))
    return ended
