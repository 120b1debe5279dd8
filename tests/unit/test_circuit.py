"""The circuit to a service: closed, open, and one call to see."""

from __future__ import annotations

from messaging import metrics
from messaging.circuit import CLOSED, FAILURES, HALF_OPEN, OPEN, REST_SECONDS, Circuit, Circuits


class Clock:
    """Seconds, as the test likes them."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def opened(clock: Clock) -> Circuit:
    """A circuit that has just opened."""
    circuit = Circuit(clock)
    for _ in range(FAILURES):
        assert circuit.admits()
        circuit.unanswered()
    return circuit


def test_a_few_unanswered_calls_in_a_row_open_it():
    """One answer in between, and the count begins anew."""
    circuit = Circuit()
    for _ in range(FAILURES - 1):
        circuit.unanswered()
    circuit.answered()
    for _ in range(FAILURES - 1):
        circuit.unanswered()
    assert (circuit.state, circuit.admits()) == (CLOSED, True)
    circuit.unanswered()
    assert (circuit.state, circuit.admits()) == (OPEN, False)


def test_one_call_tries_and_closes_it():
    """After its rest a single call is let through; its answer opens the way for all."""
    circuit = opened(clock := Clock())
    clock.now += REST_SECONDS
    assert circuit.state == HALF_OPEN
    assert [circuit.admits() for _ in range(3)] == [True, False, False]
    circuit.answered()
    assert [circuit.admits() for _ in range(3)] == [True, True, True]


def test_a_try_in_vain_opens_it_again():
    """For another rest, and no further."""
    circuit = opened(clock := Clock())
    clock.now += REST_SECONDS
    assert circuit.admits()
    circuit.unanswered()
    assert not circuit.admits()
    clock.now += REST_SECONDS
    assert circuit.admits()


def test_a_try_that_tells_nothing_does_not_hold_it():
    """The one that tries may be cancelled: after a while another one may."""
    circuit = opened(clock := Clock())
    clock.now += REST_SECONDS
    assert circuit.admits()
    clock.now += REST_SECONDS
    assert circuit.admits()


def test_each_service_has_its_own():
    """A service that hangs does not close the way to another, and Prometheus sees which one it is."""
    circuits = Circuits(Clock())
    for _ in range(FAILURES):
        circuits.note("hanging", answered=False)
        circuits.note("well", answered=True)
    assert (circuits.admits("hanging"), circuits.admits("well")) == (False, True)
    assert metrics.CIRCUIT_OPEN.labels("hanging")._value.get() == 1
    assert metrics.CIRCUIT_OPEN.labels("well")._value.get() == 0
    assert metrics.CALLS_REFUSED.labels("hanging")._value.get() == 1
