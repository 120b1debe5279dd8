"""Words owned by the jobs service: vacancies and the applications to them."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from .errors import Conflict
from .types import (
    Actor,
    Bilingual,
    Command,
    CountryCode,
    Event,
    Identifier,
    LanguageCode,
    LongText,
    Query,
    Slug,
    Text,
    Timestamp,
)

#: A number of seats, or "unlimited", which is not zero.
Openings = Annotated[int, Meta(ge=1, le=100_000)] | Literal["unlimited"]
Employment = Literal["full_time", "part_time", "internship", "contract", "postdoc"]
ApplicationStatus = Literal["submitted", "withdrawn"]
VacancyStatus = Literal["open", "closed"]


class VacancyClosed(Conflict):
    """The vacancy takes no more applications."""


class NoOpeningsLeft(Conflict):
    """Every opening of the vacancy has its application."""


class AlreadyApplied(Conflict):
    """The attendee has an application to this vacancy."""


# -- commands and queries -------------------------------------------------------------------------


class VacancyDraft(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A vacancy as its employer writes it. `closes_at` is an RFC 3339 time; without it, it stays open."""

    organisation_id: Identifier
    title: Text
    description: Text
    sector: Slug
    country: CountryCode
    city: Text | None = None
    openings: Openings = 1
    employment: Employment = "full_time"
    languages: Annotated[tuple[LanguageCode, ...], Meta(max_length=10)] = ()
    salary: Annotated[str, Meta(max_length=120)] | None = None
    closes_at: Timestamp | None = None


class PostVacancy(VacancyDraft, frozen=True, kw_only=True):
    """A command by an administrator of the organisation. Answers the vacancy."""

    command_id: Annotated[str, Meta(max_length=200)] = ""
    actor: Actor | None = None


class ImportedVacancy(VacancyDraft, frozen=True, kw_only=True):
    """A vacancy of a bulk import, with its employer's name and an idempotency key of its own."""

    command_id: Annotated[str, Meta(min_length=1, max_length=200)]
    organisation_name: Bilingual


class ImportVacancies(Command, frozen=True, kw_only=True):
    """Many vacancies at once, by an operator. Answers `registration.Imported`'s shape."""

    vacancies: Annotated[tuple[ImportedVacancy, ...], Meta(max_length=1000)]


class UpdateVacancy(Command, frozen=True, kw_only=True):
    """By an administrator of its organisation; `status: closed` closes it. Answers the vacancy."""

    vacancy_id: Identifier
    title: Text | UnsetType = UNSET
    description: Text | UnsetType = UNSET
    sector: Slug | UnsetType = UNSET
    country: CountryCode | UnsetType = UNSET
    city: Text | UnsetType | None = UNSET
    openings: Openings | UnsetType = UNSET
    employment: Employment | UnsetType = UNSET
    languages: tuple[LanguageCode, ...] | UnsetType = UNSET
    salary: str | UnsetType | None = UNSET
    closes_at: Timestamp | UnsetType | None = UNSET
    status: VacancyStatus | UnsetType = UNSET


class Apply(Command, frozen=True, kw_only=True):
    """The actor applies, once. Answers the application."""

    vacancy_id: Identifier
    message: LongText = ""


class WithdrawApplication(Command, frozen=True, kw_only=True):
    """The actor takes back an application of their own. Answers it."""

    application_id: Identifier


class GetVacancy(Query, frozen=True, kw_only=True):
    """One vacancy, as anyone may read it."""

    vacancy_id: Identifier


class ListVacancies(Query, frozen=True, kw_only=True):
    """Vacancies by id, a page at a time."""

    organisation_id: Identifier | None = None
    status: VacancyStatus | None = None
    limit: Annotated[int, Meta(ge=1, le=100)] = 20
    cursor: Annotated[str, Meta(max_length=500)] | None = None


class ListMyApplications(Query, frozen=True, kw_only=True):
    """The actor's applications, newest first."""

    limit: Annotated[int, Meta(ge=1, le=100)] = 20
    cursor: Annotated[str, Meta(max_length=500)] | None = None


class ListApplications(Query, frozen=True, kw_only=True):
    """The applications to one vacancy, for the administrators of its organisation."""

    vacancy_id: Identifier
    limit: Annotated[int, Meta(ge=1, le=100)] = 20
    cursor: Annotated[str, Meta(max_length=500)] | None = None


# -- answers --------------------------------------------------------------------------------------


class Vacancy(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A vacancy as anyone may read it."""

    id: str
    organisation_id: str
    organisation_name: Bilingual
    title: Bilingual
    description: Bilingual
    sector: str
    country: str
    openings: int | Literal["unlimited"]
    employment: Employment
    status: VacancyStatus
    posted_at: Timestamp
    version: int
    city: Bilingual | None = None
    languages: tuple[str, ...] = ()
    salary: str | None = None
    closes_at: Timestamp | None = None


class Application(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An application, as its applicant and the vacancy's administrators may read it."""

    id: str
    vacancy_id: str
    vacancy_title: Bilingual
    organisation_id: str
    applicant_id: str
    status: ApplicationStatus
    submitted_at: Timestamp
    version: int
    message: str = ""


# -- events ---------------------------------------------------------------------------------------


class VacancyPosted(Event, frozen=True, kw_only=True, tag="jobs.vacancy_posted.v1"):
    """A vacancy is open: the whole of it."""

    must_be_heard: ClassVar[bool] = True

    vacancy: Vacancy


class VacancyUpdated(Event, frozen=True, kw_only=True, tag="jobs.vacancy_updated.v1"):
    """A vacancy changed, or closed: the whole of it as it is now."""

    must_be_heard: ClassVar[bool] = True

    vacancy: Vacancy


class OpeningTaken(Event, frozen=True, kw_only=True, tag="jobs.opening_taken.v1"):
    """An applicant holds one of a vacancy's limited openings; the application follows from it.

    For the jobs service itself, which files the application from this if a crash came between the two writes.
    """

    must_be_heard: ClassVar[bool] = True

    application: Application
    submission: int = 1
    #: Of the command that took it, so that its repetition finds the application as its own.
    command_id: str = ""


class ApplicationSubmitted(Event, frozen=True, kw_only=True, tag="jobs.application_submitted.v1"):
    """An attendee applied. The letter stays with the jobs service."""

    application_id: str
    vacancy_id: str
    organisation_id: str
    applicant_id: str


class ApplicationWithdrawn(Event, frozen=True, kw_only=True, tag="jobs.application_withdrawn.v1"):
    """An attendee took an application back; `submission` counts how often it had been submitted."""

    must_be_heard: ClassVar[bool] = True

    application_id: str
    vacancy_id: str
    organisation_id: str
    applicant_id: str
    submission: int = 1
