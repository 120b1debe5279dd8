"""The asyncio bus loses its connection again and again; what is left over of it afterwards."""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import Callable

import aiormq

from messaging.contracts.streaming import StageOpened
from messaging.on_asyncio import Bus, UnknownService, connection
from tests.integration.bus_proxy import Proxy

#: Every so many reconnections the bus has to work as well.
WORKS_EVERY = 20
PATIENCE = 30


async def reconnect(broker_url: str, times: int) -> tuple[dict[str, int], dict[str, int]]:
    """What the process holds after the first few reconnections, and `times` later. Nothing may grow."""
    connection.FIRST_WAIT = 0.001  # this is not about how long it waits
    heard: list[int] = []

    async def note(envelope: object, event: StageOpened) -> None:
        heard.append(event.epoch)

    async with (
        Proxy(broker_url) as proxy,
        Bus(proxy.url, "reconnects") as bus,
        bus.listening({StageOpened: note}) as broadcast,
        bus.listening({StageOpened: note}, queue="evt-reconnects"),
    ):
        before: dict[str, int] = {}
        for number in range(times + WORKS_EVERY):
            if number == WORKS_EVERY:
                before = await holdings()
            attached = bus._rpc._requests
            proxy.break_all()
            await until(lambda attached=attached: bus._rpc._requests is not attached)  # type: ignore[misc]
            await until(lambda: bus.connected and broadcast.active)
            if number % WORKS_EVERY == 0:
                await works(bus, heard, number)
        return before, await holdings()


async def works(bus: Bus, heard: list[int], number: int) -> None:
    """Both listeners hear an event, and a call to nobody comes back."""
    await bus.publish(StageOpened(session_id="s", node="m", epoch=number), aggregate="s", seq=1)
    await until(lambda: heard.count(number) == 2)
    try:
        await bus.call("nobody", "anything", {})
    except UnknownService:
        return
    raise AssertionError("a call to nobody was answered")


async def holdings() -> dict[str, int]:
    """What this process holds when it has come to rest."""
    await asyncio.sleep(0.5)
    gc.collect()
    objects = gc.get_objects()
    return {
        "tasks": len(asyncio.all_tasks()),
        "file descriptors": len(os.listdir("/proc/self/fd")),
        "channel objects": sum(isinstance(one, aiormq.Channel) for one in objects),
        "connection objects": sum(isinstance(one, aiormq.Connection) for one in objects),
    }


async def until(condition: Callable[[], bool]) -> None:
    """Wait until `condition()` holds."""
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.002)
