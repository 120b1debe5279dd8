"""Vacancies and the applications to them."""

from __future__ import annotations

from typing import Any

from litestar import Router, delete, get, patch, post

from messaging.contracts.jobs import (
    Application,
    Apply,
    GetVacancy,
    ListApplications,
    ListVacancies,
    PostVacancy,
    UpdateVacancy,
    Vacancy,
    VacancyStatus,
    WithdrawApplication,
)

from .bodies import body_of
from .caller import Caller
from .listings import Cursor, Limit, Listing
from .tokens import signed_in


@post("/vacancies", guards=[signed_in], dto=body_of(PostVacancy), return_dto=None)
async def post_vacancy(data: dict[str, Any], caller: Caller) -> Vacancy:
    """Post a vacancy of an organisation one administers."""
    return await caller.call(PostVacancy, **data)


@get("/vacancies")
async def list_vacancies(
    caller: Caller,
    organisation_id: str | None = None,
    status: VacancyStatus | None = None,
    limit: Limit = None,
    cursor: Cursor = None,
) -> Listing[Vacancy]:
    """Vacancies, a page at a time."""
    return await caller.call(
        ListVacancies, organisation_id=organisation_id, status=status, limit=limit, cursor=cursor
    )


@get("/vacancies/{vacancy_id:str}")
async def get_vacancy(vacancy_id: str, caller: Caller) -> Vacancy:
    """One vacancy."""
    return await caller.call(GetVacancy, vacancy_id=vacancy_id)


@patch(
    "/vacancies/{vacancy_id:str}",
    guards=[signed_in],
    dto=body_of(UpdateVacancy, "vacancy_id"),
    return_dto=None,
)
async def update_vacancy(vacancy_id: str, data: dict[str, Any], caller: Caller) -> Vacancy:
    """Change a vacancy, or close it with `"status": "closed"`; what is left out stays as it is."""
    return await caller.call(UpdateVacancy, vacancy_id=vacancy_id, **data)


@post(
    "/vacancies/{vacancy_id:str}/applications",
    guards=[signed_in],
    dto=body_of(Apply, "vacancy_id"),
    return_dto=None,
)
async def apply(vacancy_id: str, data: dict[str, Any], caller: Caller) -> Application:
    """Apply, once."""
    return await caller.call(Apply, vacancy_id=vacancy_id, **data)


@get("/vacancies/{vacancy_id:str}/applications", guards=[signed_in])
async def list_applications(
    vacancy_id: str, caller: Caller, limit: Limit = None, cursor: Cursor = None
) -> Listing[Application]:
    """The applications to a vacancy, for administrators of its organisation."""
    return await caller.call(ListApplications, vacancy_id=vacancy_id, limit=limit, cursor=cursor)


@delete("/applications/{application_id:str}", guards=[signed_in], status_code=200)
async def withdraw_application(application_id: str, caller: Caller) -> Application:
    """Take back an application of one's own."""
    return await caller.call(WithdrawApplication, application_id=application_id)


router = Router(
    "/",
    route_handlers=[
        post_vacancy,
        list_vacancies,
        get_vacancy,
        update_vacancy,
        apply,
        list_applications,
        withdraw_application,
    ],
    tags=["vacancies"],
)
