"""How the jobs service keeps its aggregates: two collections of one database.

`place` is the id once more, as a field with an index: nx-27017 compares `_id` by reading the whole collection.
"""

from __future__ import annotations

from typing import Any, ClassVar

from mongoengine import StringField

from messaging.outbox import AggregateDocument, Aggregates

from .domain.application import Application
from .domain.vacancy import Vacancy


class VacancyDocument(AggregateDocument):
    """Vacancies by id, by organisation and by status."""

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "jobs",
        "collection": "vacancies",
        "indexes": ["organisation_id", "place"],
    }
    place = StringField()
    organisation_id = StringField()
    status = StringField()


class ApplicationDocument(AggregateDocument):
    """Applications by id, by applicant and by vacancy."""

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "jobs",
        "collection": "applications",
        "indexes": ["applicant_id", "vacancy_id"],
    }
    place = StringField()
    applicant_id = StringField()
    vacancy_id = StringField()


class Vacancies(Aggregates[Vacancy]):
    """The vacancies."""

    document = VacancyDocument
    aggregate = Vacancy

    def keys(self, aggregate: Vacancy) -> dict[str, Any]:
        """The organisation and the status, to list by."""
        return {
            "place": aggregate.id,
            "organisation_id": aggregate.organisation_id,
            "status": aggregate.status,
        }


class Applications(Aggregates[Application]):
    """The applications; an attendee has at most one to a vacancy, because its id is derived from the two."""

    document = ApplicationDocument
    aggregate = Application

    def keys(self, aggregate: Application) -> dict[str, Any]:
        """The applicant and the vacancy, to list by."""
        return {
            "place": aggregate.id,
            "applicant_id": aggregate.applicant_id,
            "vacancy_id": aggregate.vacancy_id,
        }
