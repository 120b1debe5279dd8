"""An application: one attendee's to one vacancy."""

from __future__ import annotations

from dataclasses import dataclass, fields

from messaging.contracts.jobs import (
    AlreadyApplied,
    ApplicationStatus,
    ApplicationSubmitted,
    ApplicationWithdrawn,
)
from messaging.contracts.jobs import (
    Application as ApplicationView,
)
from messaging.contracts.types import Bilingual

from .vacancy import Vacancy


@dataclass
class Application:
    """`submission` counts how often it was submitted; `command_id` is the idempotency key of the last time."""

    id: str
    vacancy_id: str
    vacancy_title: Bilingual
    organisation_id: str
    applicant_id: str
    message: str
    submitted_at: str
    command_id: str = ""
    submission: int = 1
    status: ApplicationStatus = "submitted"
    version: int = 1

    @classmethod
    def to(cls, vacancy: Vacancy, id: str, applicant_id: str, message: str, now: str) -> Application:
        """A new application to `vacancy`."""
        return cls(
            id=id,
            vacancy_id=vacancy.id,
            vacancy_title=vacancy.title,
            organisation_id=vacancy.organisation_id,
            applicant_id=applicant_id,
            message=message,
            submitted_at=now,
        )

    @classmethod
    def of(cls, view: ApplicationView, submission: int, command_id: str) -> Application:
        """The application that others were told of, in its first version here."""
        return cls(
            id=view.id,
            vacancy_id=view.vacancy_id,
            vacancy_title=view.vacancy_title,
            organisation_id=view.organisation_id,
            applicant_id=view.applicant_id,
            message=view.message,
            submitted_at=view.submitted_at,
            command_id=command_id,
            submission=submission,
        )

    def submitted(self) -> list[ApplicationSubmitted]:
        """What happened when it was filed."""
        return [
            ApplicationSubmitted(
                application_id=self.id,
                vacancy_id=self.vacancy_id,
                organisation_id=self.organisation_id,
                applicant_id=self.applicant_id,
            )
        ]

    def submit_again(self, message: str, command_id: str, now: str) -> list[ApplicationSubmitted]:
        """Apply anew after a withdrawal. Raises `AlreadyApplied` where there was none."""
        if self.status == "submitted":
            raise AlreadyApplied("you have applied to this vacancy already")
        self.status, self.message, self.command_id, self.submitted_at = "submitted", message, command_id, now
        self.submission += 1
        self.version += 1
        return self.submitted()

    def withdraw(self) -> list[ApplicationWithdrawn]:
        """Take it back; taking back twice changes nothing."""
        if self.status == "withdrawn":
            return []
        self.status = "withdrawn"
        self.version += 1
        return [
            ApplicationWithdrawn(
                application_id=self.id,
                vacancy_id=self.vacancy_id,
                organisation_id=self.organisation_id,
                applicant_id=self.applicant_id,
                submission=self.submission,
            )
        ]

    def view(self) -> ApplicationView:
        """The application as its applicant and the vacancy's administrators may read it."""
        hidden = ("command_id", "submission")
        shown = {one.name: getattr(self, one.name) for one in fields(self) if one.name not in hidden}
        return ApplicationView(**shown)
