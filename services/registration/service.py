"""The registration service on the bus. Entry points decide nothing: they name what handles what."""

from __future__ import annotations

from typing import Any

from messaging.contracts import registration as contracts
from messaging.envelope import Envelope, unwrap
from messaging.on_nameko import Stores, command, event_batch_handler, query

from . import handlers, queries, storage
from .signing import Signing


class Registration:
    """Attendees, organisations, projects."""

    name = "registration"

    stores = Stores(attendees=storage.Attendees, organisations=storage.Organisations, projects=storage.Projects)
    tokens = Signing()

    @command(contracts.RegisterAttendee)
    def register_attendee(self, command: contracts.RegisterAttendee) -> contracts.Registered:
        """Somebody registers, with projects or without."""
        return handlers.register_attendee(command, self.stores.attendees, self.stores.projects, self.tokens)

    @command(contracts.UpdateAttendee)
    def update_attendee(self, command: contracts.UpdateAttendee) -> contracts.Attendee:
        """An attendee changes their own data."""
        return handlers.update_attendee(command, self.stores.attendees)

    @command(contracts.CreateOrganisation)
    def create_organisation(self, command: contracts.CreateOrganisation) -> contracts.Organisation:
        """An attendee founds an organisation."""
        return handlers.create_organisation(command, self.stores.organisations)

    @command(contracts.SubmitProject)
    def submit_project(self, command: contracts.SubmitProject) -> contracts.Project:
        """An attendee or an organisation presents a project."""
        stores = self.stores
        return handlers.submit_project(command, stores.attendees, stores.organisations, stores.projects)

    @command(contracts.UpdateProject)
    def update_project(self, command: contracts.UpdateProject) -> contracts.Project:
        """Its owner changes a project."""
        return handlers.update_project(command, self.stores.organisations, self.stores.projects)

    @command(contracts.ImportAttendees)
    def import_attendees(self, command: contracts.ImportAttendees) -> contracts.Imported:
        """An operator registers many."""
        return handlers.import_attendees(command, self.stores.attendees, self.stores.projects)

    @command(contracts.ImportOrganisations)
    def import_organisations(self, command: contracts.ImportOrganisations) -> contracts.Imported:
        """An operator brings many organisations."""
        return handlers.import_organisations(command, self.stores.organisations)

    @command(contracts.ImportProjects)
    def import_projects(self, command: contracts.ImportProjects) -> contracts.Imported:
        """An operator brings many projects of organisations."""
        return handlers.import_projects(command, self.stores.organisations, self.stores.projects)

    @query(contracts.GetMe)
    def get_me(self, query: contracts.GetMe) -> contracts.Attendee:
        """An attendee reads their own data."""
        return queries.get_me(query, self.stores.attendees)

    @query(contracts.GetProject)
    def get_project(self, query: contracts.GetProject) -> contracts.Project:
        """Anyone reads a project."""
        return queries.get_project(query, self.stores.projects)

    @query(contracts.ListProjects)
    def list_projects(self, query: contracts.ListProjects) -> Any:
        """Anyone lists projects."""
        return queries.list_projects(query, self.stores.projects)

    @query(contracts.GetOrganisation)
    def get_organisation(self, query: contracts.GetOrganisation) -> contracts.Organisation:
        """Anyone reads an organisation."""
        return queries.get_organisation(query, self.stores.organisations)

    @query(contracts.ListOrganisations)
    def list_organisations(self, query: contracts.ListOrganisations) -> Any:
        """Anyone lists organisations."""
        return queries.list_organisations(query, self.stores.organisations)

    @event_batch_handler(contracts.AttendeeRegistered, max_batch=100)
    def submit_brought_projects(self, envelopes: list[Envelope]) -> None:
        """What a crash left undone after a registration is done now."""
        registered = [unwrap(envelope, contracts.AttendeeRegistered) for envelope in envelopes]
        handlers.submit_brought_projects(registered, self.stores.projects)
