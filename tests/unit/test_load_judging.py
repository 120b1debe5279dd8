"""How a load run is judged: arrival, percentiles, thresholds, and the account of what was acknowledged."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from loadtests.api import Refused
from loadtests.load.arrival import arrived
from loadtests.load.checking import Accounted, account
from loadtests.load.summary import summary
from loadtests.load.verdict import growth, verdict


def test_everybody_is_there_after_the_first_minute():
    """Sixty of a hundred in half a minute, all after one, and nobody leaves."""
    shares = [arrived(second, 600) for second in (0, 15, 30, 60, 600)]
    assert shares == pytest.approx([0, 0.3, 0.6, 1, 1])


def test_a_short_run_has_a_shorter_opening():
    """A minute's run leaves half of itself for everybody together."""
    assert arrived(30, 60) == pytest.approx(1)


def entry(method: str, name: str, times: dict[int, int], failures: int = 0) -> Any:
    return SimpleNamespace(
        method=method, name=name, response_times=times, num_requests=sum(times.values()), num_failures=failures
    )


def stats(*entries: Any) -> Any:
    return SimpleNamespace(entries={(one.name, one.method): one for one in entries}, errors={})


def test_kinds_of_requests_are_summed_up():
    """Percentiles are those of all requests of a kind together, not a mean of percentiles."""
    figures = summary(stats(entry("GET", "GET a", {10: 96}), entry("GET", "GET b", {10: 2, 900: 2}, failures=1)))
    reads = figures["kinds"]["reads"]
    assert (reads["requests"], reads["failures"]) == (100, 1)
    assert (reads["p50"], reads["p95"], reads["p99"], reads["p100"]) == (10, 10, 900, 900)


GOOD = summary(
    stats(
        entry("GET", "GET a", {10: 5000}),
        entry("POST", "POST b", {20: 1000}),
        entry("SYSTEM", "reads", {10: 5000}),
        entry("SYSTEM", "writes", {20: 1000}),
        entry("SSE", "open a stream", {5: 100}),
    )
)


def watched(**memory: list[tuple[float, float]]) -> Any:
    return SimpleNamespace(memory=memory or {"gateway": [(90.0, 100.0), (600.0, 105.0)]}, findable=[(1.0, 0.2)])


def missed(figures: Any = GOOD, watch: Any = None, accounted: Accounted | None = None) -> set[str]:
    accounted = accounted or Accounted()
    accounted.acknowledged["attendee"] = 100
    return {line.what for line in verdict(figures, watch or watched(), accounted, users=100) if not line.kept}


def test_a_good_run_keeps_every_threshold():
    """Nothing is missed."""
    assert missed() == set()


def test_each_threshold_can_be_missed():
    """A slow read, a lost stream, something not searchable, growing memory, a lost write: each is told."""
    slow = summary(
        stats(
            entry("GET", "a", {10: 10}),
            entry("SYSTEM", "reads", {900: 10}),
            entry("SYSTEM", "writes", {9: 1}),
            entry("SSE", "open a stream", {5: 100}),
        )
    )
    lost = summary(
        stats(
            entry("GET", "a", {10: 10}),
            entry("SYSTEM", "reads", {9: 10}),
            entry("SYSTEM", "writes", {9: 1}),
            entry("SSE", "open a stream", {5: 100}),
            entry("SSE", "stream", {5: 1}, failures=1),
        )
    )
    assert missed(slow) == {"reads p95, without the way"}
    assert missed(lost) == {"errors, lost streams included"}
    assert missed(watch=SimpleNamespace(memory={}, findable=[])) == {"registered to findable, p95"}
    assert missed(watch=watched(a=[(90.0, 100.0), (600.0, 150.0)])) == {"memory growth after everybody came"}
    assert missed(accounted=Accounted(missing=["vacancy: gone"])) == {"acknowledged writes that are not there"}


def test_growth_is_of_all_processes_together():
    """One that shrinks makes up for one that grows."""
    assert growth(watched(a=[(95.0, 100.0), (600.0, 130.0)], b=[(95.0, 100.0), (600.0, 90.0)])) == pytest.approx(
        0.1
    )


class FakeApi:
    """An API that has what `things` say, by address; own applications by token."""

    def __init__(self, things: dict[str, Any]) -> None:
        self._things = things

    async def get(self, what: str, path: str, token: str = "") -> Any:
        found = self._things.get(path + token)
        if found is None:
            raise Refused(what, 404, "gone")
        return found

    async def pages(self, what: str, path: str, token: str = "") -> Any:
        for item in self._things.get(path + token, []):
            yield item


JOURNAL = [
    {"kind": "attendee", "id": "att_1", "token": "t", "projects": ["prj_1"]},
    {"kind": "application", "id": "app_1", "token": "t"},
    {"kind": "change", "id": "prj_1", "version": 2},
    {"kind": "change", "id": "prj_1", "version": 3},
    {"kind": "session", "id": "ses_1", "status": "started"},
]
THERE = {
    "/api/v1/met": {"id": "att_1"},
    "/api/v1/projects/prj_1": {"id": "prj_1", "version": 3},
    "/api/v1/me/applicationst": [{"id": "app_1"}],
    "/api/v1/sessions/ses_1": {"id": "ses_1", "version": 2, "status": "started"},
}


def accounted_for(things: dict[str, Any]) -> Accounted:
    return asyncio.run(account(FakeApi(things), JOURNAL))  # type: ignore[arg-type]


def test_what_is_there_is_accounted_for():
    """Every acknowledged write is counted, and none is missed."""
    accounted = accounted_for(THERE)
    assert accounted.missing == []
    assert accounted.acknowledged == {"attendee": 1, "application": 1, "change": 2, "session": 1}


@pytest.mark.parametrize(
    ("path", "instead", "kind"),
    [
        ("/api/v1/met", None, "attendee"),
        ("/api/v1/me/applicationst", [], "application"),
        ("/api/v1/projects/prj_1", {"id": "prj_1", "version": 2}, "change"),
        ("/api/v1/sessions/ses_1", {"id": "ses_1", "status": "scheduled"}, "session"),
        ("/api/v1/sessions/ses_1", None, "session"),
    ],
)
def test_what_is_not_there_as_acknowledged_is_told(path: str, instead: Any, kind: str):
    """A lost registration, application, change or step of a session is one sentence each."""
    missing = accounted_for({**THERE, path: instead}).missing
    assert [sentence.partition(":")[0] for sentence in missing] == [kind]
