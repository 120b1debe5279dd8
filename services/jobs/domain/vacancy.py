"""A vacancy: openings that an organisation offers until it closes."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import Literal

from msgspec import UNSET

from messaging.contracts.errors import InvalidInput
from messaging.contracts.jobs import (
    AlreadyApplied,
    Employment,
    ImportedVacancy,
    NoOpeningsLeft,
    OpeningTaken,
    PostVacancy,
    UpdateVacancy,
    VacancyClosed,
    VacancyPosted,
    VacancyStatus,
    VacancyUpdated,
)
from messaging.contracts.jobs import (
    Application as ApplicationView,
)
from messaging.contracts.jobs import (
    Vacancy as VacancyView,
)
from messaging.contracts.types import Bilingual, bilingual

_BILINGUAL = ("title", "description", "city")
_PLAIN = ("sector", "country", "openings", "employment", "languages", "salary", "closes_at", "status")


@dataclass
class Vacancy:
    """`holders` maps the applicants who hold one of the limited openings to the submission they hold it by."""

    id: str
    organisation_id: str
    organisation_name: Bilingual
    title: Bilingual
    description: Bilingual
    sector: str
    country: str
    city: Bilingual | None
    openings: int | Literal["unlimited"]
    employment: Employment
    languages: tuple[str, ...]
    salary: str | None
    closes_at: str | None
    posted_at: str
    status: VacancyStatus = "open"
    holders: dict[str, int] = field(default_factory=dict)
    version: int = 1

    @classmethod
    def post(
        cls, draft: PostVacancy | ImportedVacancy, id: str, organisation_name: Bilingual, now: str
    ) -> tuple[Vacancy, list[VacancyPosted]]:
        """A new vacancy and what happened. Raises `InvalidInput` for a bad closing time."""
        vacancy = cls(
            id=id,
            organisation_id=draft.organisation_id,
            organisation_name=organisation_name,
            title=bilingual(draft.title),
            description=bilingual(draft.description),
            sector=draft.sector,
            country=draft.country,
            city=bilingual(draft.city) if draft.city else None,
            openings=draft.openings,
            employment=draft.employment,
            languages=draft.languages,
            salary=draft.salary,
            closes_at=_checked(draft.closes_at),
            posted_at=now,
        )
        return vacancy, [VacancyPosted(vacancy=vacancy.view())]

    @property
    def is_limited(self) -> bool:
        """Whether an application takes one of a number of openings."""
        return self.openings != "unlimited"

    def is_open(self, now: datetime) -> bool:
        """Whether it takes applications at this moment."""
        return self.status == "open" and (self.closes_at is None or now < _moment(self.closes_at))

    def update(self, command: UpdateVacancy) -> list[VacancyUpdated]:
        """Change what the command gives. Raises `InvalidInput`."""
        if isinstance(command.openings, int) and command.openings < len(self.holders):
            raise InvalidInput(f"{len(self.holders)} openings are taken already", "openings")
        for name in _BILINGUAL:
            text = getattr(command, name)
            if text is not UNSET:
                setattr(self, name, bilingual(text) if text else None)
        for name in _PLAIN:
            value = getattr(command, name)
            if value is not UNSET:
                setattr(self, name, value)
        self.closes_at = _checked(self.closes_at)
        self.version += 1
        return [VacancyUpdated(vacancy=self.view())]

    def check_open(self, now: datetime) -> None:
        """Raises `VacancyClosed` where it takes no applications."""
        if not self.is_open(now):
            raise VacancyClosed("this vacancy takes no more applications")

    def hold(self, application: ApplicationView, submission: int, command_id: str = "") -> list[OpeningTaken]:
        """Give the applicant one of the openings. Raises `NoOpeningsLeft`.

        A submission that a later one of the same applicant has overtaken is none any more: `AlreadyApplied`.
        """
        if self.holders.get(application.applicant_id, 0) > submission:
            raise AlreadyApplied("you have applied to this vacancy already")
        others = len(self.holders.keys() - {application.applicant_id})
        if isinstance(self.openings, int) and others >= self.openings:
            raise NoOpeningsLeft("every opening of this vacancy has its applicant")
        self.holders[application.applicant_id] = submission
        self.version += 1
        return [OpeningTaken(application=application, submission=submission, command_id=command_id)]

    def release(self, applicant_id: str, submission: int) -> bool:
        """Free the opening that was held by this submission; False where it is not held by it any more."""
        if self.holders.get(applicant_id) != submission:
            return False
        del self.holders[applicant_id]
        self.version += 1
        return True

    def view(self) -> VacancyView:
        """The vacancy as anyone may read it."""
        shown = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "holders"}
        return VacancyView(**shown)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _checked(closes_at: str | None) -> str | None:
    if closes_at is not None:
        try:
            _moment(closes_at)
        except ValueError:
            raise InvalidInput("give a time as in 2026-12-19T18:00:00Z", "closes_at") from None
    return closes_at
