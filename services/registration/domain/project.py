"""A project: what an attendee brings, or an organisation presents."""

from __future__ import annotations

from dataclasses import dataclass

from messaging.contracts.registration import (
    Mode,
    ProjectDraft,
    ProjectSubmitted,
    ProjectUpdated,
    Stage,
    SubmitProject,
    UpdateProject,
)
from messaging.contracts.registration import (
    Project as ProjectView,
)
from messaging.contracts.types import Bilingual, bilingual

from .organisation import Organisation
from .rules import unique


@dataclass(frozen=True)
class Owner:
    """Who presents a project, and from where: an attendee, or an organisation through one of its people."""

    id: str
    country: str
    mode: Mode
    organisation_id: str | None = None
    organisation_name: Bilingual | None = None

    @classmethod
    def organisation(cls, organisation: Organisation, submitter: str) -> Owner:
        """An organisation presents onsite, in its own name."""
        return cls(submitter, organisation.country, "onsite", organisation.id, organisation.name)


@dataclass
class Project:
    """The owner's country and way of taking part are kept as they were when the project was submitted."""

    id: str
    title: Bilingual
    abstract: Bilingual
    sector: str
    stage: Stage | None
    seeking: tuple[str, ...]
    owner: Owner
    submitted_at: str
    version: int = 1

    @classmethod
    def submit(
        cls, draft: ProjectDraft | SubmitProject, id: str, owner: Owner, now: str
    ) -> tuple[Project, list[ProjectSubmitted]]:
        """A new project and what happened."""
        project = cls(
            id=id,
            title=bilingual(draft.title),
            abstract=bilingual(draft.abstract),
            sector=draft.sector,
            stage=draft.stage,
            seeking=unique(draft.seeking),
            owner=owner,
            submitted_at=now,
        )
        return project, [ProjectSubmitted(project=project.view())]

    def update(self, command: UpdateProject) -> list[ProjectUpdated]:
        """Change what the command gives."""
        if isinstance(command.title, str | Bilingual):
            self.title = bilingual(command.title)
        if isinstance(command.abstract, str | Bilingual):
            self.abstract = bilingual(command.abstract)
        if isinstance(command.sector, str):
            self.sector = command.sector
        if command.stage is None or isinstance(command.stage, str):
            self.stage = command.stage
        if isinstance(command.seeking, tuple):
            self.seeking = unique(command.seeking)
        self.version += 1
        return [ProjectUpdated(project=self.view())]

    def view(self) -> ProjectView:
        """The project as anyone may read it."""
        return ProjectView(
            id=self.id,
            title=self.title,
            abstract=self.abstract,
            sector=self.sector,
            country=self.owner.country,
            mode=self.owner.mode,
            owner_id=self.owner.id,
            submitted_at=self.submitted_at,
            version=self.version,
            stage=self.stage,
            seeking=self.seeking,
            organisation_id=self.owner.organisation_id,
            organisation_name=self.owner.organisation_name,
        )
