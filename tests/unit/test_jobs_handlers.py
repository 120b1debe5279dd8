"""What posting, applying and withdrawing do, on repositories in memory."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from messaging.contracts import jobs as contracts
from messaging.contracts.errors import IdempotencyKeyReused, InvalidInput, NotAllowed, NotFound
from messaging.contracts.registration import Organisation
from messaging.contracts.types import Actor, Bilingual
from services.jobs import handlers, queries
from tests.unit.in_memory import InMemory

RECRUITER = Actor("recruiter")


def find_organisation(id: str, actor: Actor) -> Organisation:
    name = Bilingual(zh="企业", en="Enterprise")
    return Organisation(
        id=id, name=name, kind="enterprise", country="CN", version=1, administered=actor == RECRUITER
    )


class Stores:
    def __init__(self) -> None:
        self.vacancies = InMemory(lambda one: {"organisation_id": one.organisation_id, "status": one.status})
        self.applications = InMemory(lambda one: {"applicant_id": one.applicant_id, "vacancy_id": one.vacancy_id})

    def post(self, **changes: Any) -> contracts.Vacancy:
        fields: dict[str, Any] = {
            "actor": {"id": "recruiter"},
            "organisation_id": "org_1",
            "title": {"zh": "工程师", "en": "Engineer"},
            "description": "Builds things.",
            "sector": "marine",
            "country": "CN",
        }
        command = msgspec.convert(fields | changes, contracts.PostVacancy)
        return handlers.post_vacancy(command, self.vacancies, find_organisation)

    def apply(
        self, vacancy: contracts.Vacancy, who: str, key: str = "", message: str = ""
    ) -> contracts.Application:
        command = contracts.Apply(actor=Actor(who), vacancy_id=vacancy.id, command_id=key, message=message)
        return handlers.apply_to_vacancy(command, self.vacancies, self.applications)

    def withdraw(self, application: contracts.Application) -> contracts.Application:
        command = contracts.WithdrawApplication(
            actor=Actor(application.applicant_id), application_id=application.id
        )
        return handlers.withdraw_application(command, self.applications)

    def names(self) -> list[str]:
        return [type(event).__name__ for event in self.applications.events]


@pytest.fixture
def stores() -> Stores:
    return Stores()


def test_vacancy_carries_its_employers_name(stores: Stores) -> None:
    """A vacancy shows who offers it, and is told whole when it is posted."""
    vacancy = stores.post()
    assert vacancy.organisation_name == Bilingual(zh="企业", en="Enterprise")
    assert stores.vacancies.events == [contracts.VacancyPosted(vacancy=vacancy)]


def test_who_does_not_administer_cannot_post(stores: Stores) -> None:
    """Another attendee posts nothing for this organisation."""
    with pytest.raises(NotAllowed):
        stores.post(actor={"id": "other"})


def test_last_opening_goes_to_one(stores: Stores) -> None:
    """Of two applicants for one opening, the second is refused, and told why."""
    vacancy = stores.post(openings=1)
    stores.apply(vacancy, "first")
    with pytest.raises(contracts.NoOpeningsLeft):
        stores.apply(vacancy, "second")
    assert stores.names() == ["ApplicationSubmitted"]


def test_race_for_the_last_opening(stores: Stores) -> None:
    """Who read the vacancy before somebody else took the opening does not take it too."""
    vacancy = stores.post(openings=1)

    def overtake() -> None:
        stores.vacancies.before_write = lambda: None
        stores.apply(vacancy, "overtaker")

    stores.vacancies.before_write = overtake
    with pytest.raises(contracts.NoOpeningsLeft):
        stores.apply(vacancy, "slower")
    assert [one.applicant_id for one in stores.applications.find({})] == ["overtaker"]


def test_unlimited_is_not_zero(stores: Stores) -> None:
    """A vacancy without a limit takes everybody."""
    vacancy = stores.post(openings="unlimited")
    for i in range(20):
        stores.apply(vacancy, f"applicant-{i}")
    assert len(stores.applications.find({})) == 20


def test_applying_twice(stores: Stores) -> None:
    """The same key is the same application; without it, a second one is refused; with other words, too."""
    vacancy = stores.post(openings="unlimited")
    first = stores.apply(vacancy, "one", key="k", message="hello")
    assert stores.apply(vacancy, "one", key="k", message="hello") == first
    with pytest.raises(contracts.AlreadyApplied):
        stores.apply(vacancy, "one", key="other")
    with pytest.raises(IdempotencyKeyReused):
        stores.apply(vacancy, "one", key="k", message="something else")


def test_withdrawing_gives_the_opening_back(stores: Stores) -> None:
    """After a withdrawal somebody else gets the opening, and the first can come back when it is free again."""
    vacancy = stores.post(openings=1)
    first = stores.withdraw(stores.apply(vacancy, "first"))
    assert first.status == "withdrawn"
    withdrawn = stores.applications.events[-1]
    assert isinstance(withdrawn, contracts.ApplicationWithdrawn)
    handlers.release_opening(withdrawn, stores.vacancies)
    stores.apply(vacancy, "second")
    with pytest.raises(contracts.NoOpeningsLeft):
        stores.apply(vacancy, "first")


def test_a_late_release_does_not_take_a_new_hold(stores: Stores) -> None:
    """A withdrawal that is told again after the applicant came back frees nothing."""
    vacancy = stores.post(openings=1)
    stores.withdraw(stores.apply(vacancy, "first"))
    withdrawn = stores.applications.events[-1]
    assert isinstance(withdrawn, contracts.ApplicationWithdrawn)
    assert stores.apply(vacancy, "first").status == "submitted"
    handlers.release_opening(withdrawn, stores.vacancies)
    with pytest.raises(contracts.NoOpeningsLeft):
        stores.apply(vacancy, "second")


def test_a_crash_after_the_opening_was_taken(stores: Stores) -> None:
    """The event alone files the application, when the process died before it had; told twice, it files one."""
    vacancy = stores.post(openings=1)

    def die() -> None:
        raise SystemExit

    stores.applications.before_write = die
    with pytest.raises(SystemExit):
        stores.apply(vacancy, "first", key="k1")
    stores.applications.before_write = lambda: None
    taken = stores.vacancies.events[-1]
    assert isinstance(taken, contracts.OpeningTaken)
    handlers.file_from_opening(taken, stores.vacancies, stores.applications)
    handlers.file_from_opening(taken, stores.vacancies, stores.applications)
    assert stores.apply(vacancy, "first", key="k1").applicant_id == "first"  # it is answered, not refused
    assert [one.applicant_id for one in stores.applications.find({})] == ["first"]
    assert stores.names() == ["ApplicationSubmitted"]


def test_an_overtaken_application_keeps_no_opening(stores: Stores) -> None:
    """A command that began before its applicant had applied and withdrawn takes an opening, and gives it back."""
    vacancy = stores.post(openings=1)
    overtaken = stores.vacancies.get(vacancy.id)

    def apply_and_withdraw() -> None:
        stores.vacancies.before_write = lambda: None
        withdrawn = stores.withdraw(stores.apply(vacancy, "first"))
        assert withdrawn.status == "withdrawn"
        last = stores.applications.events[-1]
        assert isinstance(last, contracts.ApplicationWithdrawn)
        handlers.release_opening(last, stores.vacancies)

    stores.vacancies.before_write = apply_and_withdraw
    stores.apply(overtaken, "first")
    taken = stores.vacancies.events[-1]
    assert isinstance(taken, contracts.OpeningTaken)
    assert stores.vacancies.get(vacancy.id).holders
    handlers.file_from_opening(taken, stores.vacancies, stores.applications)
    assert not stores.vacancies.get(vacancy.id).holders


def test_an_overtaken_submission_takes_no_opening(stores: Stores) -> None:
    """What holds an opening by a later submission is not told it holds it by an earlier one."""
    vacancy = stores.post(openings=1)
    first = stores.apply(vacancy, "first")
    stores.withdraw(first)
    stores.apply(vacancy, "first")
    with pytest.raises(contracts.AlreadyApplied):
        stores.vacancies.get(vacancy.id).hold(first, 1)


@pytest.mark.parametrize("close", [{"status": "closed"}, {"closes_at": "2020-01-01T00:00:00Z"}])
def test_closed_takes_no_more(stores: Stores, close: dict[str, Any]) -> None:
    """Closed by hand or by its closing time, a vacancy refuses applications."""
    vacancy = stores.post()
    command = msgspec.convert(
        {"actor": {"id": "recruiter"}, "vacancy_id": vacancy.id, **close}, contracts.UpdateVacancy
    )
    handlers.update_vacancy(command, stores.vacancies, find_organisation)
    with pytest.raises(contracts.VacancyClosed):
        stores.apply(vacancy, "late")


def test_fewer_openings_than_taken_is_refused(stores: Stores) -> None:
    """The number of openings cannot fall below the number of applicants who hold one."""
    vacancy = stores.post(openings=2)
    stores.apply(vacancy, "one")
    stores.apply(vacancy, "two")
    with pytest.raises(InvalidInput) as refused:
        handlers.update_vacancy(
            contracts.UpdateVacancy(actor=RECRUITER, vacancy_id=vacancy.id, openings=1),
            stores.vacancies,
            find_organisation,
        )
    assert refused.value.field == "openings"


def test_somebody_elses_things_look_like_none(stores: Stores) -> None:
    """Another's vacancy cannot be changed, another's application not withdrawn: both look unknown."""
    vacancy = stores.post()
    application = stores.apply(vacancy, "one")
    with pytest.raises(NotFound):
        handlers.update_vacancy(
            contracts.UpdateVacancy(actor=Actor("other"), vacancy_id=vacancy.id, sector="x"),
            stores.vacancies,
            find_organisation,
        )
    with pytest.raises(NotFound):
        handlers.withdraw_application(
            contracts.WithdrawApplication(actor=Actor("other"), application_id=application.id), stores.applications
        )


def test_pages_of_vacancies_cover_all_once(stores: Stores) -> None:
    """Page after page by cursor shows every vacancy once."""
    posted = {stores.post().id for _ in range(5)}
    seen: list[object] = []
    cursor = None
    while True:
        page = queries.list_vacancies(contracts.ListVacancies(limit=2, cursor=cursor), stores.vacancies)
        seen += [item["id"] for item in page.items]
        if (cursor := page.next) is None:
            break
    assert sorted(map(str, seen)) == sorted(posted)
