"""The jobs service on the bus. Entry points decide nothing: they name what handles what."""

from __future__ import annotations

from typing import Any

from messaging.contracts import jobs as contracts
from messaging.contracts.registration import GetOrganisation, Imported, Organisation
from messaging.contracts.types import Actor
from messaging.envelope import Envelope
from messaging.on_nameko import Remote, Stores, command, event_handler, query

from . import handlers, queries, storage


class Jobs:
    """Vacancies and applications."""

    name = "jobs"

    stores = Stores(vacancies=storage.Vacancies, applications=storage.Applications)
    registration = Remote("registration")

    @command(contracts.PostVacancy)
    def post_vacancy(self, command: contracts.PostVacancy) -> contracts.Vacancy:
        """An organisation posts a vacancy."""
        return handlers.post_vacancy(command, self.stores.vacancies, self._organisation)

    @command(contracts.UpdateVacancy)
    def update_vacancy(self, command: contracts.UpdateVacancy) -> contracts.Vacancy:
        """An organisation edits or closes a vacancy."""
        return handlers.update_vacancy(command, self.stores.vacancies, self._organisation)

    @command(contracts.ImportVacancies)
    def import_vacancies(self, command: contracts.ImportVacancies) -> Imported:
        """An operator brings many vacancies."""
        return handlers.import_vacancies(command, self.stores.vacancies)

    @command(contracts.Apply)
    def apply(self, command: contracts.Apply) -> contracts.Application:
        """An attendee applies."""
        return handlers.apply_to_vacancy(command, self.stores.vacancies, self.stores.applications)

    @command(contracts.WithdrawApplication)
    def withdraw_application(self, command: contracts.WithdrawApplication) -> contracts.Application:
        """An attendee takes an application back."""
        return handlers.withdraw_application(command, self.stores.applications)

    @query(contracts.GetVacancy)
    def get_vacancy(self, query: contracts.GetVacancy) -> contracts.Vacancy:
        """Anyone reads a vacancy."""
        return queries.get_vacancy(query, self.stores.vacancies)

    @query(contracts.ListVacancies)
    def list_vacancies(self, query: contracts.ListVacancies) -> Any:
        """Anyone lists vacancies."""
        return queries.list_vacancies(query, self.stores.vacancies)

    @query(contracts.ListMyApplications)
    def list_my_applications(self, query: contracts.ListMyApplications) -> Any:
        """An attendee lists their own applications."""
        return queries.list_my_applications(query, self.stores.applications)

    @query(contracts.ListApplications)
    def list_applications(self, query: contracts.ListApplications) -> Any:
        """An organisation lists the applications to its vacancy."""
        stores = self.stores
        return queries.list_applications(query, stores.vacancies, stores.applications, self._organisation)

    @event_handler(contracts.OpeningTaken)
    def file_application(self, envelope: Envelope, event: contracts.OpeningTaken) -> None:
        """What a crash left undone after an opening was taken is done now."""
        handlers.file_from_opening(event, self.stores.vacancies, self.stores.applications)

    @event_handler(contracts.ApplicationWithdrawn)
    def release_opening(self, envelope: Envelope, event: contracts.ApplicationWithdrawn) -> None:
        """A withdrawn application gives its opening back."""
        handlers.release_opening(event, self.stores.vacancies)

    def _organisation(self, id: str, actor: Actor) -> Organisation:
        return self.registration.call(GetOrganisation(organisation_id=id, actor=actor), Organisation)
