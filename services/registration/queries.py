"""What may be asked of the registration service; nothing here changes anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from messaging.contracts.access import signed_in
from messaging.contracts.registration import (
    Attendee,
    GetMe,
    GetOrganisation,
    GetProject,
    ListOrganisations,
    ListProjects,
    Organisation,
    Project,
)
from messaging.contracts.types import Page
from messaging.pages import decode_cursor, page

if TYPE_CHECKING:
    from .storage import Attendees, Organisations, Projects


def get_me(query: GetMe, attendees: Attendees) -> Attendee:
    """The actor's own attendee."""
    return attendees.get(signed_in(query.actor).id).view()


def get_project(query: GetProject, projects: Projects) -> Project:
    """One project."""
    return projects.get(query.project_id).view()


def list_projects(query: ListProjects, projects: Projects) -> Page:
    """Projects in the order of their ids."""
    after = decode_cursor(query.cursor)
    found = projects.find({"place": {"$gt": after}} if after else {}, sort="place", limit=query.limit + 1)
    return page(found, query.limit, lambda one: one.id, lambda one: one.view())


def get_organisation(query: GetOrganisation, organisations: Organisations) -> Organisation:
    """One organisation, with whether the actor administers it."""
    return organisations.get(query.organisation_id).view(query.actor)


def list_organisations(query: ListOrganisations, organisations: Organisations) -> Page:
    """Organisations in the order of their ids."""
    criteria: dict[str, Any] = {"kind": query.kind} if query.kind else {}
    if after := decode_cursor(query.cursor):
        criteria["place"] = {"$gt": after}
    found = organisations.find(criteria, sort="place", limit=query.limit + 1)
    return page(found, query.limit, lambda one: one.id, lambda one: one.view(query.actor))
