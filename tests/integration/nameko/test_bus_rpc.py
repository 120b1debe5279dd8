"""Commands and queries over the broker, called by nameko's own client."""

from __future__ import annotations

import uuid

import eventlet
import msgspec
import pytest
from nameko.exceptions import MethodNotFound, RemoteError
from nameko.standalone.rpc import ClusterRpcProxy

from messaging import circuit, topology, tracing
from messaging.contracts.errors import NotFound, Unavailable
from messaging.on_nameko import Remote, command, query
from tests.integration.nameko.broker_desk import Desk, eventually
from tests.integration.nameko.conftest import Serve
from tests.integration.nameko.faulty_link import FaultyLink
from tests.integration.nameko.probe_words import CountRings, Ring, Rung, named


class Belfry:
    """Rings what it is asked to; its bell decides what goes wrong."""

    @command(Ring)
    def ring(self, command: Ring) -> object:
        """Answer, fail, hang or answer nonsense, by the name of the bell."""
        if command.bell == "lost":
            raise NotFound("there is no such bell", "bell")
        if command.bell == "cracked":
            raise ValueError("the bell is cracked")
        if command.bell == "stuck":
            with eventlet.Timeout(0.01):
                eventlet.sleep(60)
        if command.bell == "unspeakable":
            return object()
        return Rung(bell=command.bell, times=command.times)

    @query(CountRings)
    def count_rings(self, query: CountRings) -> Rung:
        """Answer the correlation id as the bell."""
        return Rung(bell=tracing.correlation_id.get(), times=7)


@pytest.fixture(scope="module")
def belfry(serve: Serve) -> str:
    """The name of a running belfry."""
    return str(serve(named(type("Belfry", (Belfry,), {}))).service_name)


@pytest.fixture(scope="module")
def proxy(broker_url: str, belfry: str):
    """nameko's own client of the belfry."""
    with ClusterRpcProxy({"AMQP_URI": broker_url}, timeout=10) as cluster:
        yield cluster[belfry]


def test_namekos_client_calls_with_fields(proxy):
    """Any nameko client calls a command by its fields and gets the answer as a dict."""
    assert proxy.ring(bell="big", times=3) == {"bell": "big", "times": 3}


@pytest.mark.parametrize(
    ("fields", "blamed"),
    [
        ({}, "bell"),
        ({"bell": 7}, "bell"),
        ({"bell": "big", "times": "often"}, "times"),
        ({"bell": "big", "loud": True}, "loud"),
        ({"bell": "big", "parts": [{"metal": "tin"}, {}]}, "parts[1].metal"),
    ],
)
def test_invalid_input_names_the_field(desk: Desk, belfry: str, fields, blamed):
    """What does not fit the contract is refused before any code runs, and the refusal names the field."""
    answer = desk.ask(belfry, "ring", msgspec.json.encode({"args": [], "kwargs": fields}))
    error = msgspec.json.decode(answer["body"])["error"]
    assert error["exc_type"] == "InvalidInput"
    assert error["exc_args"][1] == blamed


def test_positional_arguments_are_refused(proxy):
    """Fields go by name."""
    with pytest.raises(RemoteError, match="by name"):
        proxy.ring("big")


def test_errors_keep_their_type_and_field(proxy):
    """A refusal arrives as the error of the contracts; a fault as what it is."""
    with pytest.raises(RemoteError) as refusal:
        proxy.ring(bell="lost")
    assert refusal.value.exc_type == "NotFound"
    with pytest.raises(RemoteError) as fault:
        proxy.ring(bell="cracked")
    assert fault.value.exc_type == "ValueError"


@pytest.mark.parametrize("bell", ["stuck", "unspeakable"])
def test_nobody_waits_for_an_answer_that_cannot_come(proxy, bell):
    """A method that ends by a BaseException, or whose result is no JSON, is answered with an error."""
    with pytest.raises(RemoteError):
        proxy.ring(bell=bell)
    assert proxy.ring(bell="big")["times"] == 1


def test_more_stuck_calls_than_workers(proxy):
    """Interrupted calls give their place back: twice as many as there are workers leave the service at work."""
    for _ in range(16):
        with pytest.raises(RemoteError):
            proxy.ring(bell="stuck")
    assert proxy.ring(bell="big")["times"] == 1


def test_unknown_method(proxy):
    """nameko's client gets nameko's own error."""
    with pytest.raises(MethodNotFound):
        proxy.melt(bell="big")


@pytest.mark.parametrize(
    "body", [b"", b"no json", b"[]", b"{}", b'{"args": 1, "kwargs": 2}', b"\xff\xfe", b"[" * 100_000]
)
def test_nonsense_is_answered(desk: Desk, belfry: str, body: bytes):
    """A body that is no request is answered with `InvalidInput`, however deep it nests."""
    answer = msgspec.json.decode(desk.ask(belfry, "ring", body)["body"])
    assert answer["error"]["exc_type"] == "InvalidInput"


def test_a_request_without_reply_to_is_parked(desk: Desk, belfry: str, proxy):
    """nameko dies of it; here people can look at it, and the service goes on."""
    body = b'{"args": [], "kwargs": {"bell": "big"}}'
    desk.send(body, topology.RPC_EXCHANGE, f"{belfry}.ring")
    parked = desk.take(topology.parked_queue(belfry))
    assert parked.body == body
    assert "reply_to" in parked.headers[topology.REASON]
    assert proxy.ring(bell="big")["times"] == 1


def test_a_call_over_a_silent_link_ends_at_its_deadline(serve: Serve, link: FaultyLink):
    """Also when the connection itself is what hangs: neither connecting nor writing outlasts the deadline."""
    container = serve(named(type("Caller", (Caller,), {})), AMQP_URI=link.url)
    remote = next(one for one in container.dependencies if isinstance(one, Remote))
    link.stall()
    with eventlet.Timeout(2), pytest.raises(Unavailable):
        remote.call(Ring(bell="big"), Rung, deadline=0.5)
    link.flow()
    with pytest.raises(Unavailable, match="nobody serves"):
        remote.call(Ring(bell="big"), Rung, deadline=5)
    container.stop()


def test_calls_in_flight_fail_at_once(serve: Serve, link: FaultyLink, desk: Desk):
    """A lost connection is not waited for: long before the deadline the caller knows."""
    container = serve(named(type("Caller", (Caller,), {})), AMQP_URI=link.url)
    remote = next(one for one in container.dependencies if isinstance(one, Remote))
    desk.channel.queue_declare("rpc-nowhere", auto_delete=False)
    desk.channel.queue_bind("rpc-nowhere", topology.RPC_EXCHANGE, "nowhere.*")
    try:
        calling = eventlet.spawn(remote.call, Ring(bell="big"), Rung, 60)
        eventually(lambda: desk.waiting("rpc-nowhere") == 1)
        link.cut()
        with eventlet.Timeout(10), pytest.raises(Unavailable):
            calling.wait()
    finally:
        link.mend()
        desk.channel.queue_delete("rpc-nowhere")
    container.stop()


def test_a_service_that_hangs_is_left_alone(serve: Serve, desk: Desk):
    """After a few calls in vain the next fails at once; when it answers again, it is called again."""
    service = f"hanging{uuid.uuid4().hex[:8]}"
    container = serve(named(type("Caller", (Caller,), {"belfry": Remote(service)})))
    remote = next(one for one in container.dependencies if isinstance(one, Remote))
    queue = f"rpc-{service}"
    desk.channel.queue_declare(queue, auto_delete=False)
    desk.channel.queue_bind(queue, topology.RPC_EXCHANGE, f"{service}.*")
    for _ in range(circuit.FAILURES):
        with pytest.raises(Unavailable, match="does not answer"):
            remote.call(Ring(bell="big"), Rung, deadline=0.1)
    with pytest.raises(Unavailable, match="has not answered"):
        remote.call(Ring(bell="big"), Rung, deadline=60)
    desk.channel.queue_delete(queue)
    serve(type("Late", (Belfry,), {"name": service}))
    eventually(lambda: answers(remote))
    assert remote.call(Ring(bell="big"), Rung).bell == "big"


def answers(remote: Remote) -> bool:
    """Whether the called service is there."""
    try:
        remote.call(Ring(bell="big"), Rung)
    except Unavailable:
        return False
    return True


class Caller:
    """Calls another service."""

    belfry = Remote("nowhere")

    @command(Ring)
    def ring(self, command: Ring) -> Rung:
        """Pass it on."""
        return self.belfry.call(command, Rung, deadline=0.5)

    @query(CountRings)
    def count_rings(self, query: CountRings) -> Rung:
        """Pass it on."""
        return self.belfry.call(query, Rung)


@pytest.fixture(scope="module")
def caller(serve: Serve, belfry: str, broker_url: str):
    """nameko's client of a service that calls the belfry."""
    service = named(type("Caller", (Caller,), {"belfry": Remote(belfry), "nowhere": Remote("nowhere")}))
    container = serve(service)
    with ClusterRpcProxy({"AMQP_URI": broker_url}, timeout=10) as cluster:
        yield cluster[container.service_name], container


def test_a_service_calls_another(caller):
    """`Remote` answers the typed struct and carries the correlation id on."""
    proxy, _ = caller
    assert proxy.ring(bell="big", times=2) == {"bell": "big", "times": 2}
    assert proxy.count_rings(bell="big")["bell"], "the correlation id did not arrive"


def test_errors_of_the_called_service_pass_through(caller):
    """The caller raises what the called service raised."""
    proxy, _ = caller
    with pytest.raises(RemoteError) as refusal:
        proxy.ring(bell="lost")
    assert refusal.value.exc_type == "NotFound"


def test_an_unknown_service_fails_at_once(caller):
    """Nobody serves the call: the broker returns it, and nobody waits for the deadline."""
    _, container = caller
    nowhere = next(one for one in container.dependencies if getattr(one, "service", "") == "nowhere")
    with eventlet.Timeout(1.5), pytest.raises(Unavailable, match="nobody serves"):
        nowhere.call(Ring(bell="big"), Rung, deadline=10)


def test_a_call_ends_at_its_deadline(caller, desk: Desk):
    """A service that is bound but does not answer costs its deadline, not more, and leaves nothing behind."""
    _, container = caller
    nowhere = next(one for one in container.dependencies if getattr(one, "service", "") == "nowhere")
    desk.channel.queue_declare("rpc-nowhere", auto_delete=False)
    desk.channel.queue_bind("rpc-nowhere", topology.RPC_EXCHANGE, "nowhere.*")
    try:
        with eventlet.Timeout(2), pytest.raises(Unavailable, match="does not answer"):
            nowhere.call(Ring(bell="big"), Rung, deadline=0.3)
        eventually(lambda: desk.waiting("rpc-nowhere") == 0)  # the request expired with its caller
    finally:
        desk.channel.queue_delete("rpc-nowhere")
    assert not nowhere.replies._waiting
