"""One function per command or event: load, decide, save.

An attendee and the projects that come along are several documents, so the attendee's event names the projects:
`submit_brought_projects` runs at once in `register_attendee`, and again for the event, so that a crash between the
two writes loses nothing. The second time finds everything there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from messaging.contracts.access import as_operator, signed_in
from messaging.contracts.errors import InvalidInput, NotAllowed, NotFound
from messaging.contracts.registration import (
    Attendee as AttendeeView,
)
from messaging.contracts.registration import (
    AttendeeRegistered,
    Created,
    CreateOrganisation,
    ImportAttendees,
    Imported,
    ImportOrganisations,
    ImportProjects,
    RegisterAttendee,
    Registered,
    SubmitProject,
    UpdateAttendee,
    UpdateProject,
)
from messaging.contracts.registration import (
    Organisation as OrganisationView,
)
from messaging.contracts.registration import (
    Project as ProjectView,
)
from messaging.contracts.types import Actor
from messaging.envelope import now_rfc3339
from messaging.identity import derive_id, new_id

from .domain.attendee import Attendee
from .domain.organisation import Organisation
from .domain.project import Owner, Project

if TYPE_CHECKING:
    from .storage import Attendees, Organisations, Projects
    from .tokens import Tokens


def register_attendee(
    command: RegisterAttendee, attendees: Attendees, projects: Projects, tokens: Tokens
) -> Registered:
    """Register, file the projects that come along, and give an access token."""
    attendee, events = _registration(command)
    attendee = attendees.add(attendee, events, command)
    submit_brought_projects(events, projects)
    brought = tuple(Created(id) for id in attendee.project_ids)
    return Registered(id=attendee.id, token=tokens.issue(attendee.id), projects=brought)


def submit_brought_projects(events: Sequence[AttendeeRegistered], projects: Projects) -> None:
    """File the projects of new attendees; what is filed already stays as it is."""
    now = now_rfc3339()
    news = []
    for event in events:
        owner = Owner(event.attendee_id, event.country, event.mode)
        for brought in event.projects:
            news.append((*Project.submit(brought.draft, brought.id, owner, now), brought.draft))
    projects.add_many(news)


def update_attendee(command: UpdateAttendee, attendees: Attendees) -> AttendeeView:
    """Change the actor's own data."""
    attendee = attendees.get(signed_in(command.actor).id)
    return attendees.save(attendee, attendee.update(command)).view()


def create_organisation(command: CreateOrganisation, organisations: Organisations) -> OrganisationView:
    """Create an organisation that the actor administers."""
    actor = signed_in(command.actor)
    organisation, events = Organisation.create(command, new_id("org", command.command_id), actor.id)
    return organisations.add(organisation, events, command).view(actor)


def submit_project(
    command: SubmitProject, attendees: Attendees, organisations: Organisations, projects: Projects
) -> ProjectView:
    """File a project of the actor, or of an organisation that the actor administers."""
    owner = _owner(command, signed_in(command.actor), attendees, organisations)
    project, events = Project.submit(command, new_id("prj", command.command_id), owner, now_rfc3339())
    return projects.add(project, events, command).view()


def update_project(command: UpdateProject, organisations: Organisations, projects: Projects) -> ProjectView:
    """Change a project. Somebody else's looks like none at all."""
    actor = signed_in(command.actor)
    project = projects.get(command.project_id)
    if not _presents(actor, project, organisations):
        raise NotFound("there is no project with this id", "id")
    return projects.save(project, project.update(command)).view()


def import_attendees(command: ImportAttendees, attendees: Attendees, projects: Projects) -> Imported:
    """Register many, as one batch of writes."""
    as_operator(command.actor)
    registrations = [_registration(one) for one in command.attendees]
    created, kept = attendees.add_many(
        [(*registration, one) for registration, one in zip(registrations, command.attendees, strict=True)]
    )
    submit_brought_projects([event for _, events in registrations for event in events], projects)
    return _imported(created, kept)


def import_organisations(command: ImportOrganisations, organisations: Organisations) -> Imported:
    """Create many organisations; the importing operator administers them until somebody takes over."""
    operator = as_operator(command.actor)
    news = [
        (*Organisation.create(one, new_id("org", one.command_id), operator.id), one)
        for one in command.organisations
    ]
    return _imported(*organisations.add_many(news))


def import_projects(command: ImportProjects, organisations: Organisations, projects: Projects) -> Imported:
    """File many projects of organisations."""
    operator = as_operator(command.actor)
    presenting = {one.organisation_id for one in command.projects}
    known = {one.id: one for one in organisations.find({"_id": {"$in": list(presenting)}}, limit=len(presenting))}
    if missing := presenting - known.keys():
        raise InvalidInput(f"{len(missing)} organisations of these projects are unknown", "organisation_id")
    now = now_rfc3339()
    news = []
    for one in command.projects:
        owner = Owner.organisation(known[one.organisation_id or ""], operator.id)
        news.append((*Project.submit(one, new_id("prj", one.command_id), owner, now), one))
    return _imported(*projects.add_many(news))


def _registration(command: RegisterAttendee) -> tuple[Attendee, list[AttendeeRegistered]]:
    id = new_id("att", command.command_id)
    project_ids = tuple(derive_id("prj", id, str(i)) for i in range(len(command.projects)))
    return Attendee.register(command, id, project_ids, now_rfc3339())


def _owner(command: SubmitProject, actor: Actor, attendees: Attendees, organisations: Organisations) -> Owner:
    if command.organisation_id is None:
        attendee = attendees.get(actor.id)
        return Owner(attendee.id, attendee.country, attendee.mode)
    organisation = organisations.get(command.organisation_id)
    if not organisation.is_administered_by(actor):
        raise NotAllowed("you do not administer this organisation", "organisation_id")
    return Owner.organisation(organisation, actor.id)


def _presents(actor: Actor, project: Project, organisations: Organisations) -> bool:
    if project.owner.organisation_id is None:
        return project.owner.id == actor.id or actor.has_role("operator")
    return organisations.get(project.owner.organisation_id).is_administered_by(actor)


def _imported(created: int, kept: Sequence[Attendee | Organisation | Project]) -> Imported:
    return Imported(created=created, existing=len(kept) - created, ids=tuple(one.id for one in kept))
