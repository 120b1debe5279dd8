"""What registering, updating and importing do, on repositories in memory."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from messaging.contracts import registration as contracts
from messaging.contracts.errors import IdempotencyKeyReused, InvalidInput, NotAllowed, NotFound
from messaging.contracts.types import Actor, Bilingual
from services.registration import handlers, queries
from tests.unit.in_memory import InMemory

OPERATOR = Actor("staff", ("operator",))


class NamedTokens:
    def issue(self, subject: str, roles: tuple[str, ...] = ("attendee",)) -> str:
        return f"token of {subject}"


class Stores:
    def __init__(self) -> None:
        self.attendees = InMemory(lambda one: {"address": one.address}, {"address": contracts.EmailTaken})
        self.organisations = InMemory(lambda one: {"kind": one.kind})
        self.projects = InMemory(lambda one: {"owner_id": one.owner.id})

    def register(self, **changes: Any) -> contracts.Registered:
        return handlers.register_attendee(registration(**changes), self.attendees, self.projects, NamedTokens())


@pytest.fixture
def stores() -> Stores:
    return Stores()


def registration(**changes: Any) -> contracts.RegisterAttendee:
    fields: dict[str, Any] = {
        "email": "one@example.org",
        "name": "A researcher",
        "country": "AU",
        "languages": ["zh", "en", "zh"],
        "time_zone": "Australia/Sydney",
        "mode": "online",
        "command_id": "key-1",
    }
    return msgspec.convert(fields | changes, contracts.RegisterAttendee)


def draft(title: Any = "生物医药平台") -> dict[str, Any]:
    return {"title": title, "abstract": "A platform.", "sector": "biomedicine"}


def test_registration_answers_id_token_and_project_ids_in_order(stores: Stores) -> None:
    """An attendee with two projects gets an id, a token, and the ids of both projects as given."""
    answer = stores.register(projects=[draft("甲"), draft("乙")])
    assert answer.token == f"token of {answer.id}"
    titles = [stores.projects.get(project.id).title for project in answer.projects]
    assert titles == [Bilingual(zh="甲"), Bilingual(zh="乙")]


def test_same_key_same_content_is_one_attendee(stores: Stores) -> None:
    """A retry with the same key answers the same ids and files nothing twice."""
    first = stores.register(projects=[draft()])
    again = stores.register(projects=[draft()])
    assert (again.id, again.projects) == (first.id, first.projects)
    assert len(stores.attendees.events) == len(stores.projects.events) == 1


def test_same_key_other_content_is_refused(stores: Stores) -> None:
    """A key that comes back with another body is refused."""
    stores.register()
    with pytest.raises(IdempotencyKeyReused):
        stores.register(name="Somebody else")


def test_an_address_registers_once_whatever_its_case(stores: Stores) -> None:
    """The same email in capitals is the same address."""
    stores.register()
    with pytest.raises(contracts.EmailTaken):
        stores.register(email="ONE@example.org", command_id="key-2")


@pytest.mark.parametrize(("field", "value"), [("country", "QQ"), ("time_zone", "Mars/Olympus")])
def test_unknown_country_or_zone_is_named(stores: Stores, field: str, value: str) -> None:
    """A code of the right shape that nobody assigned is refused by name, and nothing is written."""
    with pytest.raises(InvalidInput) as refused:
        stores.register(**{field: value})
    assert refused.value.field == field
    assert not stores.attendees.events


def test_a_crash_after_the_attendee_leaves_no_project_behind(stores: Stores) -> None:
    """The event alone files the projects, when the process died before it had."""

    def die() -> None:
        raise SystemExit

    stores.projects.before_write = die
    with pytest.raises(SystemExit):
        stores.register(projects=[draft()])
    stores.projects.before_write = lambda: None
    handlers.submit_brought_projects(stores.attendees.events, stores.projects)
    attendee = stores.attendees.find({})[0]
    assert stores.projects.get(attendee.project_ids[0]).title == Bilingual(zh="生物医药平台")
    assert len(stores.projects.events) == 1


def test_event_tells_no_name_and_no_address(stores: Stores) -> None:
    """What others hear of an attendee holds no personal data."""
    stores.register()
    told = msgspec.json.encode(stores.attendees.events[0]).decode()
    assert "example.org" not in told
    assert "researcher" not in told


def test_update_changes_what_is_given_and_only_that(stores: Stores) -> None:
    """An update of the name leaves the rest, and raises the version."""
    registered = stores.register()
    changed = handlers.update_attendee(
        contracts.UpdateAttendee(actor=Actor(registered.id), name="Another name"), stores.attendees
    )
    assert (changed.name, changed.country, changed.version) == ("Another name", "AU", 2)
    assert queries.get_me(contracts.GetMe(actor=Actor(registered.id)), stores.attendees) == changed


def test_only_its_owner_changes_a_project(stores: Stores) -> None:
    """Somebody else's project looks like none at all; the owner's change is told whole."""
    registered = stores.register(projects=[draft()])
    id = registered.projects[0].id
    command = contracts.UpdateProject(actor=Actor("other"), project_id=id, title="New title")
    with pytest.raises(NotFound):
        handlers.update_project(command, stores.organisations, stores.projects)
    owned = msgspec.structs.replace(command, actor=Actor(registered.id))
    changed = handlers.update_project(owned, stores.organisations, stores.projects)
    assert changed.title == Bilingual(en="New title")
    assert changed.sector == "biomedicine"
    assert stores.projects.events[-1] == contracts.ProjectUpdated(project=changed)


def test_a_stage_can_be_taken_back(stores: Stores) -> None:
    """`stage: null` takes the stage away, where leaving it out does not."""
    registered = stores.register(projects=[draft() | {"stage": "pilot"}])
    ask = {"actor": {"id": registered.id}, "project_id": registered.projects[0].id}
    kept = msgspec.convert(ask | {"sector": "marine"}, contracts.UpdateProject)
    assert handlers.update_project(kept, stores.organisations, stores.projects).stage == "pilot"
    cleared = msgspec.convert(ask | {"stage": None}, contracts.UpdateProject)
    assert handlers.update_project(cleared, stores.organisations, stores.projects).stage is None


def test_a_project_of_an_organisation_needs_its_administrator(stores: Stores) -> None:
    """Who administers an organisation presents in its name; nobody else does."""
    founder = stores.register()
    organisation = handlers.create_organisation(
        contracts.CreateOrganisation(actor=Actor(founder.id), name="一所大学", kind="institution", country="CN"),
        stores.organisations,
    )
    ask = draft() | {"organisation_id": organisation.id}
    for actor, allowed in ((Actor(founder.id), True), (Actor("other"), False)):
        command = msgspec.convert(ask | {"actor": msgspec.to_builtins(actor)}, contracts.SubmitProject)
        if allowed:
            project = handlers.submit_project(command, stores.attendees, stores.organisations, stores.projects)
            assert (project.organisation_id, project.country) == (organisation.id, "CN")
        else:
            with pytest.raises(NotAllowed):
                handlers.submit_project(command, stores.attendees, stores.organisations, stores.projects)


def test_import_counts_what_is_new(stores: Stores) -> None:
    """The same import again creates nothing and answers the same ids."""
    many = tuple(
        registration(email=f"{i}@example.org", command_id=f"seed-{i}", projects=[draft()]) for i in range(3)
    )
    command = contracts.ImportAttendees(actor=OPERATOR, attendees=many)
    first = handlers.import_attendees(command, stores.attendees, stores.projects)
    again = handlers.import_attendees(command, stores.attendees, stores.projects)
    assert (first.created, first.existing, again.created, again.existing) == (3, 0, 0, 3)
    assert first.ids == again.ids
    assert len(stores.projects.events) == 3


@pytest.mark.parametrize("actor", [None, Actor("someone"), Actor("someone", ("presenter",))])
def test_only_operators_import(stores: Stores, actor: Actor | None) -> None:
    """An import by anybody else is refused before anything is written."""
    with pytest.raises(NotAllowed):
        handlers.import_attendees(
            contracts.ImportAttendees(actor=actor, attendees=(registration(),)), stores.attendees, stores.projects
        )
    assert not stores.attendees.events
