"""An organisation: a delegation, institution, enterprise, district, host or partner, with administrators."""

from __future__ import annotations

from dataclasses import dataclass

from messaging.contracts.registration import (
    CreateOrganisation,
    OrganisationCreated,
    OrganisationKind,
)
from messaging.contracts.registration import (
    Organisation as OrganisationView,
)
from messaging.contracts.types import Actor, Bilingual, bilingual

from .rules import check_country, unique


@dataclass
class Organisation:
    """`administrators` are the ids of the attendees who act for it."""

    id: str
    name: Bilingual
    kind: OrganisationKind
    country: str
    city: Bilingual | None
    sectors: tuple[str, ...]
    website: str | None
    administrators: tuple[str, ...]
    version: int = 1

    @classmethod
    def create(
        cls, command: CreateOrganisation, id: str, administrator: str
    ) -> tuple[Organisation, list[OrganisationCreated]]:
        """A new organisation and what happened. Raises `InvalidInput` for an unknown country."""
        organisation = cls(
            id=id,
            name=bilingual(command.name),
            kind=command.kind,
            country=check_country(command.country),
            city=bilingual(command.city) if command.city else None,
            sectors=unique(command.sectors),
            website=command.website,
            administrators=(administrator,),
        )
        created = OrganisationCreated(
            organisation_id=id,
            name=organisation.name,
            kind=organisation.kind,
            country=organisation.country,
            city=organisation.city,
            sectors=organisation.sectors,
        )
        return organisation, [created]

    def is_administered_by(self, actor: Actor | None) -> bool:
        """Whether the actor acts for this organisation; operators act for all."""
        return actor is not None and (actor.id in self.administrators or actor.has_role("operator"))

    def view(self, actor: Actor | None = None) -> OrganisationView:
        """The organisation as `actor` may read it."""
        return OrganisationView(
            id=self.id,
            name=self.name,
            kind=self.kind,
            country=self.country,
            version=self.version,
            city=self.city,
            sectors=self.sectors,
            website=self.website,
            administered=self.is_administered_by(actor),
        )
