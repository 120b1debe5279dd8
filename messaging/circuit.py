"""Fails fast: after a few calls in a row that nobody answered, a service is left alone for a moment.

    closed ──FAILURES unanswered in a row──▶ open ──REST_SECONDS──▶ half open: one call may try
       ▲                                      ▲                          │
       └──────────────── answered ────────────┼──────────────────────────┤
                                              └─────── unanswered ───────┘

Without it, each request to a service that hangs waits for its whole deadline, and holds a connection that long.
An answer of any kind, also a refusal, closes the circuit: it is about being there, not about being right. Knows
neither nameko nor asyncio.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from . import metrics

FAILURES = 5
REST_SECONDS = 1.0
CLOSED, HALF_OPEN, OPEN = "closed", "half open", "open"


class Circuit:
    """The circuit to one service. `clock` counts seconds and never goes back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._unanswered = 0
        self._rests_until = 0.0

    @property
    def state(self) -> str:
        """One of the three."""
        if self._unanswered < FAILURES:
            return CLOSED
        return OPEN if self._clock() < self._rests_until else HALF_OPEN

    def admits(self) -> bool:
        """Whether a call may go out now; the one that tries keeps the others waiting for another moment."""
        state = self.state
        if state == HALF_OPEN:
            self._rests_until = self._clock() + REST_SECONDS
        return state != OPEN

    def answered(self) -> None:
        """A call came back, with whatever answer."""
        self._unanswered = 0

    def unanswered(self) -> None:
        """A call waited to its deadline in vain."""
        self._unanswered += 1
        if self._unanswered >= FAILURES:
            self._rests_until = self._clock() + REST_SECONDS


class Circuits:
    """One circuit to each service that this process calls, in view of Prometheus."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._circuits: dict[str, Circuit] = {}

    def admits(self, service: str) -> bool:
        """Whether a call to `service` may go out now."""
        admitted = self._to(service).admits()
        if not admitted:
            metrics.CALLS_REFUSED.labels(service).inc()
        return admitted

    def note(self, service: str, *, answered: bool) -> None:
        """Note what became of a call."""
        circuit = self._to(service)
        if answered:
            circuit.answered()
        else:
            circuit.unanswered()
        metrics.CIRCUIT_OPEN.labels(service).set(circuit.state != CLOSED)

    def _to(self, service: str) -> Circuit:
        if service not in self._circuits:
            self._circuits[service] = Circuit(self._clock)
        return self._circuits[service]
