"""Words owned by the registration service: attendees, organisations, projects."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from .errors import Conflict
from .types import (
    END,
    Actor,
    Bilingual,
    Command,
    CountryCode,
    Event,
    Identifier,
    LanguageCode,
    Query,
    ShortText,
    Slug,
    Text,
    Timestamp,
)

Mode = Literal["online", "onsite"]
Stage = Literal["idea", "prototype", "pilot", "market", "scaling"]
OrganisationKind = Literal["delegation", "institution", "enterprise", "district", "host", "partner"]
Email = Annotated[str, Meta(max_length=254, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+" + END)]
Sectors = Annotated[tuple[Slug, ...], Meta(max_length=10)]
Languages = Annotated[tuple[LanguageCode, ...], Meta(max_length=10)]
TimeZone = Annotated[str, Meta(min_length=1, max_length=64, description="IANA time zone")]


# -- errors ---------------------------------------------------------------------------------------


class EmailTaken(Conflict):
    """Another attendee registered this address."""


class InvalidToken(Exception):
    """The access token is expired, forged, or not ours."""


# -- commands and queries -------------------------------------------------------------------------


class ProjectDraft(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A project as its owner writes it. `seeking` says what it looks for, such as funding or partners."""

    title: Text
    abstract: Text
    sector: Slug
    stage: Stage | None = None
    seeking: Annotated[tuple[Slug, ...], Meta(max_length=10)] = ()


class RegisterAttendee(Command, frozen=True, kw_only=True):
    """Answers `Registered`."""

    email: Email
    name: ShortText
    country: CountryCode
    languages: Languages
    time_zone: TimeZone
    mode: Mode
    sectors: Sectors = ()
    projects: Annotated[tuple[ProjectDraft, ...], Meta(max_length=20)] = ()


class UpdateAttendee(Command, frozen=True, kw_only=True):
    """The actor's own data; what is left out stays as it is. Answers the attendee."""

    name: ShortText | UnsetType = UNSET
    country: CountryCode | UnsetType = UNSET
    languages: Languages | UnsetType = UNSET
    time_zone: TimeZone | UnsetType = UNSET
    mode: Mode | UnsetType = UNSET
    sectors: Sectors | UnsetType = UNSET


class CreateOrganisation(Command, frozen=True, kw_only=True):
    """The actor becomes its administrator. Answers the organisation."""

    name: Text
    kind: OrganisationKind
    country: CountryCode
    city: Text | None = None
    sectors: Sectors = ()
    website: Annotated[str, Meta(max_length=300, pattern=r"^https?://")] | None = None


class SubmitProject(ProjectDraft, frozen=True, kw_only=True):
    """A command: the actor owns it, or an organisation that the actor administers. Answers the project."""

    command_id: Annotated[str, Meta(max_length=200)] = ""
    actor: Actor | None = None
    organisation_id: Identifier | None = None


class UpdateProject(Command, frozen=True, kw_only=True):
    """What is left out stays as it is. Answers the project."""

    project_id: Identifier
    title: Text | UnsetType = UNSET
    abstract: Text | UnsetType = UNSET
    sector: Slug | UnsetType = UNSET
    stage: Stage | UnsetType | None = UNSET
    seeking: Annotated[tuple[Slug, ...], Meta(max_length=10)] | UnsetType = UNSET


class ImportAttendees(Command, frozen=True, kw_only=True):
    """Many registrations at once, by an operator; each with a `command_id` of its own. Answers `Imported`."""

    attendees: Annotated[tuple[RegisterAttendee, ...], Meta(max_length=1000)]


class ImportOrganisations(Command, frozen=True, kw_only=True):
    """Many organisations at once, by an operator. Answers `Imported`."""

    organisations: Annotated[tuple[CreateOrganisation, ...], Meta(max_length=1000)]


class ImportProjects(Command, frozen=True, kw_only=True):
    """Many projects of organisations at once, by an operator. Answers `Imported`."""

    projects: Annotated[tuple[SubmitProject, ...], Meta(max_length=1000)]


class GetMe(Query, frozen=True, kw_only=True):
    """The actor's own attendee."""


class GetProject(Query, frozen=True, kw_only=True):
    """One project, as anyone may read it."""

    project_id: Identifier


class ListProjects(Query, frozen=True, kw_only=True):
    """Projects by id, a page at a time; for whoever builds a projection of them."""

    limit: Annotated[int, Meta(ge=1, le=100)] = 20
    cursor: Annotated[str, Meta(max_length=500)] | None = None


class ListOrganisations(Query, frozen=True, kw_only=True):
    """Organisations by id, a page at a time."""

    kind: OrganisationKind | None = None
    limit: Annotated[int, Meta(ge=1, le=100)] = 20
    cursor: Annotated[str, Meta(max_length=500)] | None = None


class GetOrganisation(Query, frozen=True, kw_only=True):
    """One organisation, and whether the actor administers it (`administered`)."""

    organisation_id: Identifier


# -- answers --------------------------------------------------------------------------------------


class Created(Struct, frozen=True):
    """The id of something that now exists."""

    id: str


class Registered(Struct, frozen=True):
    """The new attendee's id and access token, and the ids of the projects, in the order given."""

    id: str
    token: str
    projects: tuple[Created, ...] = ()


class Imported(Struct, frozen=True):
    """How many were new and how many were there already; the ids in the order given."""

    created: int
    existing: int
    ids: tuple[str, ...]


class Project(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A project as anyone may read it."""

    id: str
    title: Bilingual
    abstract: Bilingual
    sector: str
    country: str
    mode: Mode
    owner_id: str
    submitted_at: Timestamp
    version: int
    stage: Stage | None = None
    seeking: tuple[str, ...] = ()
    organisation_id: str | None = None
    organisation_name: Bilingual | None = None


class Attendee(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An attendee as that attendee may read it."""

    id: str
    email: str
    name: str
    country: str
    languages: tuple[str, ...]
    time_zone: str
    mode: Mode
    registered_at: Timestamp
    version: int
    sectors: tuple[str, ...] = ()
    projects: tuple[Created, ...] = ()


class Organisation(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An organisation as anyone may read it; `administered` is true for its administrators."""

    id: str
    name: Bilingual
    kind: OrganisationKind
    country: str
    version: int
    city: Bilingual | None = None
    sectors: tuple[str, ...] = ()
    website: str | None = None
    administered: bool = False


# -- events ---------------------------------------------------------------------------------------


class BroughtProject(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A project as it comes with a registration: its id and its owner's words."""

    id: str
    draft: ProjectDraft


class AttendeeRegistered(Event, frozen=True, kw_only=True, tag="registration.attendee_registered.v1"):
    """Somebody registered. No name and no address: nobody who listens needs them."""

    must_be_heard: ClassVar[bool] = True

    attendee_id: str
    country: str
    mode: Mode
    languages: tuple[str, ...] = ()
    sectors: tuple[str, ...] = ()
    projects: tuple[BroughtProject, ...] = ()


class AttendeeUpdated(Event, frozen=True, kw_only=True, tag="registration.attendee_updated.v1"):
    """An attendee's public facts as they are now."""

    attendee_id: str
    country: str
    mode: Mode
    languages: tuple[str, ...] = ()
    sectors: tuple[str, ...] = ()


class OrganisationCreated(Event, frozen=True, kw_only=True, tag="registration.organisation_created.v1"):
    """An organisation joined the conference."""

    organisation_id: str
    name: Bilingual
    kind: OrganisationKind
    country: str
    city: Bilingual | None = None
    sectors: tuple[str, ...] = ()


class ProjectSubmitted(Event, frozen=True, kw_only=True, tag="registration.project_submitted.v1"):
    """A project is presented at the conference: the whole of it."""

    must_be_heard: ClassVar[bool] = True

    project: Project


class ProjectUpdated(Event, frozen=True, kw_only=True, tag="registration.project_updated.v1"):
    """A project changed: the whole of it as it is now."""

    must_be_heard: ClassVar[bool] = True

    project: Project
