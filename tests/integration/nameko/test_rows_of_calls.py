"""Several calls in one message: each is answered for itself, in order, and the message is acknowledged once."""

from __future__ import annotations

from typing import Any

import eventlet
import msgspec
import pytest

from messaging import topology, tracing
from messaging.contracts.errors import NotFound
from messaging.on_nameko import command, query
from tests.integration.nameko.broker_desk import Desk, eventually
from tests.integration.nameko.conftest import Serve
from tests.integration.nameko.probe_words import CountRings, Ring, Rung, named


class Carillon:
    """Rings many bells at once."""

    @command(Ring)
    def ring(self, command: Ring) -> object:
        """Answer, wait, fail or be torn down, by the name of the bell."""
        if command.bell == "lost":
            raise NotFound("there is no such bell", "bell")
        if command.bell == "slow":
            eventlet.sleep(0.1)
        if command.bell == "stuck":
            with eventlet.Timeout(0.01):
                eventlet.sleep(60)
        return Rung(bell=command.bell, times=command.times)

    @query(CountRings)
    def count_rings(self, query: CountRings) -> Rung:
        """Answer the correlation id as the bell."""
        return Rung(bell=tracing.correlation_id.get(), times=7)


@pytest.fixture(scope="module")
def carillon(serve: Serve) -> str:
    """The name of a running carillon, of eight workers."""
    return str(serve(named(type("Carillon", (Carillon,), {}))).service_name)


def a_row(desk: Desk, service: str, *calls: tuple[str, dict[str, Any]]) -> Any:
    """Send `calls` as one message; answers the whole reply."""
    row = [{"method": method, "kwargs": kwargs, "headers": {}} for method, kwargs in calls]
    body = msgspec.json.encode({"args": [], "kwargs": {"calls": row}})
    return msgspec.json.decode(desk.ask(service, topology.RPC_ROWS, body)["body"])


def test_each_call_has_its_own_answer_in_order(desk, carillon):
    """Also when the first ends last, one is refused, one does not fit, one is unknown, one is torn down."""
    reply = a_row(
        desk,
        carillon,
        ("ring", {"bell": "slow", "times": 1}),
        ("ring", {"bell": "lost"}),
        ("ring", {"bell": "big", "times": 2}),
        ("ring", {"bell": 5}),
        ("melt", {}),
        ("ring", {"bell": "stuck"}),
    )
    assert reply["error"] is None
    rung, lost, big, wrong, unknown, stuck = reply["result"]
    assert (rung["result"], big["result"]) == ({"bell": "slow", "times": 1}, {"bell": "big", "times": 2})
    kinds = [one["error"]["exc_type"] for one in (lost, wrong, unknown)]
    assert kinds == ["NotFound", "InvalidInput", "MethodNotFound"]
    assert stuck["error"] is not None
    eventually(lambda: desk.waiting(f"rpc-{carillon}") == 0)


def test_more_calls_than_workers(desk, carillon):
    """A row that is longer than there are workers is answered whole."""
    reply = a_row(desk, carillon, *(("ring", {"bell": "slow", "times": n}) for n in range(30)))
    assert [one["result"]["times"] for one in reply["result"]] == list(range(30))


@pytest.mark.parametrize(
    "body", [b"{}", b"no json", b'{"args": [], "kwargs": {"calls": 5}}', b'{"args":[],"kwargs":{}}']
)
def test_a_row_that_is_none_is_refused(desk, carillon, body):
    """The caller hears what is wrong, and the service goes on."""
    reply = msgspec.json.decode(desk.ask(carillon, topology.RPC_ROWS, body)["body"])
    assert reply["error"]["exc_type"] == "InvalidInput"
    assert a_row(desk, carillon, ("count_rings", {"bell": "b"}))["result"][0]["result"]["times"] == 7
