"""How the registration service keeps its aggregates: three collections of one database."""

from __future__ import annotations

from typing import Any, ClassVar

from mongoengine import StringField

from messaging.contracts.registration import EmailTaken
from messaging.outbox import AggregateDocument, Aggregates

from .domain.attendee import Attendee
from .domain.organisation import Organisation
from .domain.project import Project


class AttendeeDocument(AggregateDocument):
    """Attendees by id and by email address."""

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "registration",
        "collection": "attendees",
        "indexes": [{"fields": ["address"], "unique": True}],
    }
    address = StringField()


class OrganisationDocument(AggregateDocument):
    """Organisations by id and by kind."""

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "registration",
        "collection": "organisations",
        "indexes": ["kind", "place"],
    }
    #: The id once more: nx-27017 compares `_id` by reading the whole collection.
    place = StringField()
    kind = StringField()


class ProjectDocument(AggregateDocument):
    """Projects by id, in the order of their ids, and by owner."""

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "registration",
        "collection": "projects",
        "indexes": ["owner_id", "place"],
    }
    #: The id once more, as for organisations.
    place = StringField()
    owner_id = StringField()


class Attendees(Aggregates[Attendee]):
    """The attendees; an email address registers once."""

    document = AttendeeDocument
    aggregate = Attendee
    taken: ClassVar[dict[str, Any]] = {
        "address": lambda: EmailTaken("somebody registered this email address already", "email")
    }

    def keys(self, aggregate: Attendee) -> dict[str, Any]:
        """The address as it is compared."""
        return {"address": aggregate.address}


class Organisations(Aggregates[Organisation]):
    """The organisations."""

    document = OrganisationDocument
    aggregate = Organisation

    def keys(self, aggregate: Organisation) -> dict[str, Any]:
        """The kind, to list by."""
        return {"place": aggregate.id, "kind": aggregate.kind}


class Projects(Aggregates[Project]):
    """The projects."""

    document = ProjectDocument
    aggregate = Project

    def keys(self, aggregate: Project) -> dict[str, Any]:
        """The owner, to find by, and the id, to list by."""
        return {"owner_id": aggregate.owner.id, "place": aggregate.id}
