"""Errors that cross the bus, drawn as one tree. The gateway maps each to a status in one table.

Every error has a message for people and, where one field is to blame, that field's name. Services add
their own below these in their contract module, as `EmailTaken` in `messaging.contracts.registration`.

    ServiceError
    ├── InvalidInput          422  a value breaks a rule; `field` says which
    ├── NotFound              404  no such thing, or not yours to see
    ├── NotAllowed            403  you may not do this
    ├── Conflict              409  the present state refuses it
    │   └── VersionConflict   409  someone changed it since you read it
    ├── IdempotencyKeyReused  422  the same key came with other content
    └── Unavailable           503  a store or engine this service needs is away; `retry_after` seconds
"""

from __future__ import annotations


class ServiceError(Exception):
    """An answer that is not a success. Travels as nameko's ``exc_type`` and ``exc_args``."""

    def __init__(self, message: str = "", field: str = "") -> None:
        super().__init__(message, field)
        self.message = message
        self.field = field

    def __str__(self) -> str:
        return self.message


class InvalidInput(ServiceError):
    """A value breaks a rule of the service."""


class NotFound(ServiceError):
    """No such thing; or it belongs to somebody else, which looks the same from outside."""


class NotAllowed(ServiceError):
    """The actor lacks the role or the relation that this needs."""


class Conflict(ServiceError):
    """The present state of things refuses the command."""


class VersionConflict(Conflict):
    """Somebody changed the aggregate between the read and the write."""


class IdempotencyKeyReused(ServiceError):
    """The same idempotency key came with different content."""


class Unavailable(ServiceError):
    """A store or an engine that the service needs does not answer."""
