"""Organisations: delegations, institutions, enterprises and the others."""

from __future__ import annotations

from typing import Any

from litestar import Router, get, post

from messaging.contracts.registration import (
    CreateOrganisation,
    GetOrganisation,
    ListOrganisations,
    Organisation,
    OrganisationKind,
)

from .bodies import body_of
from .caller import Caller
from .listings import Cursor, Limit, Listing
from .tokens import signed_in


@post("/", guards=[signed_in], dto=body_of(CreateOrganisation), return_dto=None)
async def create_organisation(data: dict[str, Any], caller: Caller) -> Organisation:
    """Create an organisation and become its administrator."""
    return await caller.call(CreateOrganisation, **data)


@get("/")
async def list_organisations(
    caller: Caller, kind: OrganisationKind | None = None, limit: Limit = None, cursor: Cursor = None
) -> Listing[Organisation]:
    """Organisations, a page at a time."""
    return await caller.call(ListOrganisations, kind=kind, limit=limit, cursor=cursor)


@get("/{organisation_id:str}")
async def get_organisation(organisation_id: str, caller: Caller) -> Organisation:
    """One organisation; `administered` is true for its administrators."""
    return await caller.call(GetOrganisation, organisation_id=organisation_id)


router = Router(
    "/organisations",
    route_handlers=[create_organisation, list_organisations, get_organisation],
    tags=["organisations"],
)
