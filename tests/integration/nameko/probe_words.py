"""Words of a service that exists only in these tests."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

import msgspec

from messaging.contracts.types import Command, Event, Identifier, Query


class Rang(Event, frozen=True, kw_only=True, tag="probe.rang.v1"):
    """A bell rang."""

    bell: str
    times: int = 1


class Heard(Event, frozen=True, kw_only=True, tag="probe.heard.v1"):
    """A fact that somebody depends on."""

    must_be_heard: ClassVar[bool] = True

    bell: str


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One part of a bell."""

    metal: str


class Ring(Command, frozen=True, kw_only=True):
    """Ring a bell."""

    bell: Identifier
    times: int = 1
    parts: tuple[Part, ...] = ()


class CountRings(Query, frozen=True, kw_only=True):
    """How often a bell rang."""

    bell: Identifier


class Rung(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to `Ring` and `CountRings`."""

    bell: str
    times: int


def named(service: type[Any]) -> type[Any]:
    """The service class under a name that no other test uses, so that its queues are its own."""
    service.name = f"{service.__name__.lower()}{uuid.uuid4().hex[:8]}"
    return service
