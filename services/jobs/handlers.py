"""One function per command or event: load, decide, save.

An application to a vacancy with limited openings is two documents: the vacancy, which counts, and the
application. The vacancy is written first, with an event that names the application; `file_application` runs at
once in `apply` and again for that event, so that a crash between the writes leaves no opening taken by nobody.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from messaging.contracts.access import as_operator, signed_in
from messaging.contracts.errors import IdempotencyKeyReused, NotAllowed, NotFound
from messaging.contracts.jobs import (
    AlreadyApplied,
    ApplicationWithdrawn,
    Apply,
    ImportVacancies,
    OpeningTaken,
    PostVacancy,
    UpdateVacancy,
    WithdrawApplication,
)
from messaging.contracts.jobs import (
    Application as ApplicationView,
)
from messaging.contracts.jobs import (
    Vacancy as VacancyView,
)
from messaging.contracts.registration import Imported, Organisation
from messaging.contracts.types import Actor
from messaging.envelope import now_rfc3339
from messaging.identity import derive_id, new_id
from messaging.turns import in_turn

from .domain.application import Application
from .domain.vacancy import Vacancy

if TYPE_CHECKING:
    from .storage import Applications, Vacancies

#: Asks the registration service for an organisation as the actor sees it: `administered` tells the relation.
FindOrganisation = Callable[[str, Actor], Organisation]


def post_vacancy(command: PostVacancy, vacancies: Vacancies, find_organisation: FindOrganisation) -> VacancyView:
    """Post a vacancy for an organisation that the actor administers."""
    organisation = administered(command.organisation_id, signed_in(command.actor), find_organisation)
    id = new_id("vac", command.command_id)
    vacancy, events = Vacancy.post(command, id, organisation.name, now_rfc3339())
    return vacancies.add(vacancy, events, command).view()


def update_vacancy(
    command: UpdateVacancy, vacancies: Vacancies, find_organisation: FindOrganisation
) -> VacancyView:
    """Edit or close a vacancy. Somebody else's looks like none at all."""
    vacancy = vacancies.get(command.vacancy_id)
    try:
        administered(vacancy.organisation_id, signed_in(command.actor), find_organisation)
    except NotAllowed:
        raise NotFound("there is no vacancy with this id", "id") from None
    return vacancies.save(vacancy, vacancy.update(command)).view()


def import_vacancies(command: ImportVacancies, vacancies: Vacancies) -> Imported:
    """Post many vacancies, as one batch of writes."""
    as_operator(command.actor)
    now = now_rfc3339()
    news = [
        (*Vacancy.post(one, new_id("vac", one.command_id), one.organisation_name, now), one)
        for one in command.vacancies
    ]
    created, kept = vacancies.add_many(news)
    return Imported(created=created, existing=len(kept) - created, ids=tuple(one.id for one in kept))


def apply_to_vacancy(command: Apply, vacancies: Vacancies, applications: Applications) -> ApplicationView:
    """Apply, once; the same command again answers the same application."""
    actor = signed_in(command.actor)
    id = derive_id("app", command.vacancy_id, actor.id)
    earlier = applications.find_one({"_id": id})
    if earlier is not None and earlier.status == "submitted":
        return _repeated(earlier, command)
    submission = earlier.submission + 1 if earlier else 1
    application = _take_opening(command, vacancies, id, submission)
    return file_application(application, submission, applications, command.command_id)


def file_application(
    application: ApplicationView, submission: int, applications: Applications, command_id: str = ""
) -> ApplicationView:
    """Keep an application in its `submission`; what is kept already, or has moved on, stays as it is."""
    return _filed(application, submission, applications, command_id).view()


def file_from_opening(event: OpeningTaken, vacancies: Vacancies, applications: Applications) -> None:
    """The opening is taken, so the application must be there.

    Where it has moved on, whoever took the opening was overtaken by the applicant's own later commands, and
    nobody would ever give it back.
    """
    kept = _filed(event.application, event.submission, applications, event.command_id)
    if kept.submission > event.submission or kept.status == "withdrawn":
        _release(event.application.vacancy_id, event.application.applicant_id, event.submission, vacancies)


def withdraw_application(command: WithdrawApplication, applications: Applications) -> ApplicationView:
    """Take an application back. Somebody else's looks like none at all."""
    application = applications.get(command.application_id)
    if application.applicant_id != signed_in(command.actor).id:
        raise NotFound("there is no application with this id", "id")
    if events := application.withdraw():
        applications.save(application, events)
    return application.view()


def release_opening(event: ApplicationWithdrawn, vacancies: Vacancies) -> None:
    """A withdrawn application holds no opening."""
    _release(event.vacancy_id, event.applicant_id, event.submission, vacancies)


def administered(id: str, actor: Actor, find_organisation: FindOrganisation) -> Organisation:
    """The organisation, which the actor must administer. Raises `NotFound` or `NotAllowed`."""
    organisation = find_organisation(id, actor)
    if not organisation.administered:
        raise NotAllowed("you do not administer this organisation", "organisation_id")
    return organisation


def _take_opening(command: Apply, vacancies: Vacancies, id: str, submission: int) -> ApplicationView:
    """The application as it is to be filed, with its opening held where openings are limited."""

    def take() -> ApplicationView:
        vacancy = vacancies.get(command.vacancy_id)
        vacancy.check_open(datetime.now(UTC))
        applicant = signed_in(command.actor).id
        application = Application.to(vacancy, id, applicant, command.message, now_rfc3339()).view()
        if vacancy.is_limited:
            vacancies.save(vacancy, vacancy.hold(application, submission, command.command_id))
        return application

    return in_turn(take)


def _filed(
    application: ApplicationView, submission: int, applications: Applications, command_id: str = ""
) -> Application:
    """The application as it is kept now."""
    earlier = applications.find_one({"_id": application.id})
    if earlier is None:
        new = Application.of(application, submission, command_id)
        asked = Apply(vacancy_id=new.vacancy_id, message=new.message)
        return applications.add(new, new.submitted(), asked)
    if earlier.submission < submission:
        events = earlier.submit_again(application.message, command_id, application.submitted_at)
        return applications.save(earlier, events)
    return earlier


def _release(vacancy_id: str, applicant_id: str, submission: int, vacancies: Vacancies) -> None:
    """Give back the opening that is held by this submission, if it still is."""

    def release() -> None:
        vacancy = vacancies.get(vacancy_id)
        if vacancy.release(applicant_id, submission):
            vacancies.save(vacancy, [])

    in_turn(release)


def _repeated(earlier: Application, command: Apply) -> ApplicationView:
    if not command.command_id or earlier.command_id != command.command_id:
        raise AlreadyApplied("you have applied to this vacancy already")
    if earlier.message != command.message:
        raise IdempotencyKeyReused("this idempotency key came with other content before", "Idempotency-Key")
    return earlier.view()
