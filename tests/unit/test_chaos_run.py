"""The parts of the chaos run that need no conference: its plan, its links, its picture, and what it fails on."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from contextlib import suppress
from random import Random
from xml.etree import ElementTree

from tests.chaos.checking import Openings, Verdict, judge_openings
from tests.chaos.history import History
from tests.chaos.links import linked
from tests.chaos.nemesis import COMPONENTS, LINKS, Volley, plan
from tests.chaos.report import Demands, faults, tables
from tests.chaos.timeline import svg


def first(count: int, seed: int) -> list[Volley]:
    """The first volleys of a plan."""
    return list(itertools.islice(plan(Random(seed)), count))


def test_a_seed_decides_the_plan():
    """The same seed strikes alike, another does not."""
    assert first(20, seed=1) == first(20, seed=1)
    assert first(20, seed=1) != first(20, seed=2)


def test_nobody_is_spared():
    """Each component is killed at the beginning; later ones also freeze, stop and lose their links."""
    strikes = [strike for volley, _ in first(60, seed=3) for strike in volley]
    processes = [strike for strike in strikes if strike.component in COMPONENTS]
    assert {one.component for one in processes[: len(COMPONENTS)]} == set(COMPONENTS)
    assert {one.fault for one in processes[: len(COMPONENTS)]} == {"SIGKILL"}
    assert {one.fault for one in processes} == {"SIGKILL", "SIGSTOP", "SIGTERM"}
    assert {(one.component, one.fault) for one in strikes if one.component in LINKS} == set(
        itertools.product(LINKS, ("cut", "half-open", "slow"))
    )
    assert min(Counter(one.component for one in processes).values()) >= 8


def test_a_link_fails_in_its_three_ways():
    """Slow keeps what is sent and its order; a cut and a half-open link end in a broken connection."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionResetError):
            while data := await reader.read(100):
                writer.write(data)
        writer.close()

    async def talk() -> None:
        server = await asyncio.start_server(echo, "127.0.0.1", 0)
        async with linked(server.sockets[0].getsockname()[1]) as link:
            reader, writer = await asyncio.open_connection("127.0.0.1", link.port)
            slow = asyncio.create_task(link.suffer("slow", 0.2))
            await asyncio.sleep(0)
            for byte in b"order":
                writer.write(bytes([byte]))
            assert await reader.readexactly(5) == b"order"
            await slow
            writer.close()
            for fault in ("half-open", "cut"):
                reader, writer = await asyncio.open_connection("127.0.0.1", link.port)
                writer.write(b"x")
                assert await reader.readexactly(1) == b"x"
                failing = asyncio.create_task(link.suffer(fault, 0.1))
                await asyncio.sleep(0)
                writer.write(b"y")
                with suppress(ConnectionResetError):
                    assert await reader.read(1) == b""
                await failing
                writer.close()
        server.close()
        await asyncio.sleep(0.1)  # until the loop has closed the sockets of both servers

    asyncio.run(asyncio.wait_for(talk(), 20))


def test_openings_and_applications_fit():
    """Held by nobody's application is lost; more applications than openings are doubled."""
    good = Openings(vacancy="v", number=2, holders=frozenset("ab"), applicants=["a", "b"])
    lost = Openings(vacancy="v", number=2, holders=frozenset("ab"), applicants=["a"])
    sold_twice = Openings(vacancy="v", number=1, holders=frozenset("ab"), applicants=["a", "b"])
    verdicts = [Verdict(), Verdict(), Verdict()]
    for one, verdict in zip((good, lost, sold_twice), verdicts, strict=True):
        judge_openings([one], verdict)
    assert verdicts[0].clean
    assert verdicts[1].lost
    assert not verdicts[1].doubled
    assert verdicts[2].doubled


def a_history(tmp_path, kills: int) -> History:
    """Each component killed so often, and one command for each."""
    history = History(tmp_path / "history.jsonl")
    history.note("begun")
    for _ in range(kills):
        for name in COMPONENTS:
            history.note("struck", component=name, fault="SIGKILL")
            history.note("acknowledged", command="change", kind="project", key="k", id="a", version=2)
    history.note("over")
    history.close()
    return history


def test_a_run_that_shows_nothing_fails(tmp_path):
    """Too few kills, too few answers, too late: each is told; otherwise nothing is."""
    demands = Demands(kills=16, of_each=2, acknowledged=16, seconds=10)
    verdicts = {"project": Verdict()}
    history = a_history(tmp_path, kills=2)
    assert not list(faults(history, verdicts, 9, demands))
    assert any("16 acknowledged, 16 kills" in line for line in tables(history, verdicts, 9))
    assert len(list(faults(history, verdicts, 11, demands))) == 1
    assert len(list(faults(a_history(tmp_path, kills=1), verdicts, 9, demands))) == len(COMPONENTS) + 2


def test_the_timeline_shows_every_strike(tmp_path):
    """A valid picture with a row for each component and a mark for each strike."""
    history = History(tmp_path / "history.jsonl")
    history.note("acknowledged", command="change", kind="project", key="k", id="a", version=2)
    for component, fault in (("jobs", "SIGKILL"), ("jobs", "SIGSTOP"), ("broker link", "half-open")):
        history.note("struck", component=component, fault=fault)
    picture = ElementTree.fromstring(svg(history, (*COMPONENTS, *LINKS)))
    words = [one.text for one in picture.findall("{*}text")]
    assert len(picture.findall("{*}circle")) == 3
    assert {*COMPONENTS, *LINKS} <= set(words)
    history.close()
    assert len((tmp_path / "history.jsonl").read_text().splitlines()) == 4
