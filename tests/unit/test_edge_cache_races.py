"""Whatever the order in which questions, answers and changes come: nothing stale, nothing of somebody else's.

Hypothesis draws the schedule. The world has a version of each thing; the application reads it when it is asked,
and answers when the schedule says so. asyncio runs what is ready in order, so a schedule is always the same story.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.edge.answers import Answer
from gateway.edge.cache import Cache
from gateway.edge.edge import Edge
from gateway.problems import Problem
from messaging.contracts.types import Actor

PATHS = ("/api/v1/sessions", "/api/v1/organisations/o1")
WHO = ("", "ann", "bob")


class Verifier:
    """A token is the id of who has it."""

    def actor(self, token: str) -> Actor:
        if token == "forged":
            raise Problem(401, "InvalidToken", "The token is not valid.")
        return Actor(id=token)

    known = actor


@dataclass
class World:
    """What is true, and an application that reads it when asked and answers when it is let."""

    versions: dict[str, int] = field(default_factory=lambda: dict.fromkeys(PATHS, 0))
    waiting: list[asyncio.Future[None]] = field(default_factory=list)

    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        who = dict(scope["headers"]).get(b"authorization", b"").decode().removeprefix("Bearer ")
        seen = {"path": scope["path"], "version": self.versions[scope["path"]], "for": who}
        turn = asyncio.get_running_loop().create_future()
        self.waiting.append(turn)
        await turn
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": json.dumps(seen).encode(), "more_body": False})


@dataclass
class Asked:
    """One question: what was known to be true when it came, and what it was answered."""

    path: str
    who: str
    at_least: int
    answer: dict[str, Any] | None = None


class Story:
    """A cache, a world, and everybody who asked."""

    def __init__(self, limit: int) -> None:
        self.world = World()
        self.cache = Cache(limit)
        self.edge = Edge(self.world.app, self.cache, Verifier(), lambda: True, origins=False)  # type: ignore[arg-type]
        self.told = dict.fromkeys(PATHS, 0)  # versions whose invalidation has been acknowledged
        self.asked: list[Asked] = []
        self.tasks: list[asyncio.Task[None]] = []

    async def ask(self, asked: Asked) -> None:
        headers = [(b"authorization", f"Bearer {asked.who}".encode())] if asked.who else []
        scope: Any = {"type": "http", "method": "GET", "path": asked.path, "headers": headers}
        scope |= {"raw_path": asked.path.encode(), "query_string": b""}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.body":
                asked.answer = json.loads(message["body"])

        await self.edge(scope, None, send)  # type: ignore[arg-type]

    async def step(self, step: tuple[Any, ...]) -> None:
        match step:
            case "ask", path, who:
                asked = Asked(path, who, self.told[path])
                self.asked.append(asked)
                self.tasks.append(asyncio.create_task(self.ask(asked)))
            case "change", path:
                self.world.versions[path] += 1
            case "drop", path:
                self.cache.drop(path.removeprefix("/api/v1"))
                self.told[path] = self.world.versions[path]
            case ("flush",):
                self.cache.flush()
                self.told = dict(self.world.versions)
            case "answer", which:
                if self.world.waiting:
                    self.world.waiting.pop(which % len(self.world.waiting)).set_result(None)
            case "leave", which:
                if self.tasks:
                    self.tasks[which % len(self.tasks)].cancel()
        for _ in range(6):
            await asyncio.sleep(0)

    async def end(self) -> None:
        while self.world.waiting:
            await self.step(("answer", 0))
        await asyncio.gather(*self.tasks, return_exceptions=True)


steps = st.one_of(
    st.tuples(st.just("ask"), st.sampled_from(PATHS), st.sampled_from(WHO)),
    st.tuples(st.just("change"), st.sampled_from(PATHS)),
    st.tuples(st.just("drop"), st.sampled_from(PATHS)),
    st.tuples(st.just("flush")),
    st.tuples(st.just("answer"), st.integers(0, 5)),
    st.tuples(st.just("leave"), st.integers(0, 20)),
)


@settings(max_examples=250, deadline=None)
@given(st.lists(steps, min_size=5, max_size=40), st.sampled_from([0, 10_000, 1_000_000]))
def test_nothing_stale_and_nothing_of_others(schedule: list[tuple[Any, ...]], limit: int) -> None:
    """An answer is at least as new as the last change acknowledged before it was asked for, and was made for who
    gets it, or for nobody. The bytes kept stay under the limit, and nothing is left filed in the end."""

    async def story() -> None:
        told = Story(limit)
        for step in schedule:
            await told.step(step)
            assert told.cache.bytes <= limit
        await told.end()
        for asked in told.asked:
            if asked.answer is not None:
                assert asked.answer["path"] == asked.path
                assert asked.answer["version"] >= asked.at_least, "stale"
                assert asked.answer["for"] == (asked.who if "organisations" in asked.path else ""), (
                    "somebody else's"
                )
        told.cache.flush()
        assert (len(told.cache), told.cache.bytes, told.cache._keys, told.cache._flights) == (0, 0, {}, {})

    asyncio.run(story())


def test_many_who_ask_the_same_are_one_question() -> None:
    """Single-flight: a hundred clients wait for one answer, and the first to leave takes nothing with it."""

    async def story() -> tuple[int, int]:
        told = Story(1_000_000)
        for _ in range(100):
            await told.step(("ask", PATHS[0], ""))
        questions = len(told.world.waiting)
        await told.step(("leave", 0))
        await told.end()
        return questions, sum(asked.answer is not None for asked in told.asked)

    assert asyncio.run(story()) == (1, 99)


@pytest.mark.parametrize("answered", [(0, 0), (1, 0)], ids=["old one first", "new one first"])
def test_a_change_during_a_question_is_not_lost(answered: tuple[int, int]) -> None:
    """Who asks after the change does not wait for the old question, and the old answer is not kept."""

    async def story() -> list[int]:
        told = Story(1_000_000)
        for step in (
            ("ask", PATHS[0], ""),
            ("change", PATHS[0]),
            ("drop", PATHS[0]),
            ("ask", PATHS[0], ""),
            ("answer", answered[0]),
            ("ask", PATHS[0], ""),
            ("answer", answered[1]),
        ):
            await told.step(step)
        await told.end()
        return [asked.answer["version"] for asked in told.asked if asked.answer]

    assert asyncio.run(story()) == [0, 1, 1]


def test_old_answers_are_asked_for_again() -> None:
    """Should an event ever get lost, an answer is wrong for a minute at most."""
    now = 1_000.0
    cache = Cache(1_000_000, clock=lambda: now)

    async def ask() -> Answer:
        return Answer(200, [], b"{}", made=now)

    async def story() -> list[str]:
        nonlocal now
        outcomes = []
        for wait in (0, 59, 2):
            now += wait
            outcomes.append((await cache.answer((b"/x", "*"), "/x", ask))[1])
        return outcomes

    assert asyncio.run(story()) == ["MISS", "HIT", "MISS"]


def test_least_wanted_answers_make_room() -> None:
    """Under the limit, what was not wanted longest goes first."""
    cache = Cache(10_000)

    async def ask() -> Answer:
        return Answer(200, [], b"")

    async def story() -> list[bool]:
        for n in range(10):
            await cache.answer((b"%d" % n, "*"), f"/{n}", ask)
        cache.get((b"0", "*"))
        await cache.answer((b"10", "*"), "/10", ask)
        return [cache.get((b"%d" % n, "*")) is not None for n in (0, 1, 2, 10)]

    assert asyncio.run(story()) == [True, False, True, True]
