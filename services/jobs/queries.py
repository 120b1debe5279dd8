"""What may be asked of the jobs service; nothing here changes anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from messaging.contracts.access import signed_in
from messaging.contracts.jobs import (
    GetVacancy,
    ListApplications,
    ListMyApplications,
    ListVacancies,
    Vacancy,
)
from messaging.contracts.types import Page
from messaging.pages import decode_cursor, page

from .handlers import FindOrganisation, administered

if TYPE_CHECKING:
    from .storage import Applications, Vacancies


def get_vacancy(query: GetVacancy, vacancies: Vacancies) -> Vacancy:
    """One vacancy."""
    return vacancies.get(query.vacancy_id).view()


def list_vacancies(query: ListVacancies, vacancies: Vacancies) -> Page:
    """Vacancies in the order of their ids."""
    criteria = {"organisation_id": query.organisation_id, "status": query.status}
    found = vacancies.find(_after(query.cursor, criteria), sort="place", limit=query.limit + 1)
    return page(found, query.limit, lambda one: one.id, lambda one: one.view())


def list_my_applications(query: ListMyApplications, applications: Applications) -> Page:
    """The actor's applications in the order of their ids."""
    criteria = {"applicant_id": signed_in(query.actor).id}
    return _applications(query, criteria, applications)


def list_applications(
    query: ListApplications, vacancies: Vacancies, applications: Applications, find_organisation: FindOrganisation
) -> Page:
    """The applications to a vacancy, for those who administer its organisation."""
    vacancy = vacancies.get(query.vacancy_id)
    administered(vacancy.organisation_id, signed_in(query.actor), find_organisation)
    return _applications(query, {"vacancy_id": vacancy.id}, applications)


def _applications(
    query: ListMyApplications | ListApplications, criteria: dict[str, Any], applications: Applications
) -> Page:
    found = applications.find(_after(query.cursor, criteria), sort="place", limit=query.limit + 1)
    return page(found, query.limit, lambda one: one.id, lambda one: one.view())


def _after(cursor: str | None, criteria: dict[str, Any]) -> dict[str, Any]:
    """`criteria` without the unset ones, going on after the cursor."""
    given = {key: value for key, value in criteria.items() if value is not None}
    if after := decode_cursor(cursor):
        given["place"] = {"$gt": after}
    return given
