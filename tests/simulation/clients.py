"""Who asks: an organisation that posts vacancies, attendees who apply and withdraw, each with keys and retries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from messaging.contracts.errors import ServiceError
from messaging.contracts.jobs import Apply, PostVacancy, UpdateVacancy, WithdrawApplication
from messaging.contracts.registration import Organisation
from messaging.contracts.types import Actor, Bilingual
from messaging.identity import derive_id, new_id
from services.jobs import handlers

if TYPE_CHECKING:
    from .replica import Replica

OWNER = Actor(id="owner")


@dataclass
class Request:
    """One wish of a client, sent until it is tired of it. `acknowledged` are the ids of the answers it got."""

    name: str
    handle: Callable[[Replica], Any]
    acknowledged: set[str] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)

    def note(self, answer: Any) -> None:
        """An answer arrived."""
        if isinstance(answer, ServiceError):
            self.refused.append(type(answer).__name__)
        else:
            self.acknowledged.add(answer.id)


class Clients:
    """What so many attendees, and the owner of so many vacancies, have asked so far."""

    def __init__(self, vacancies: int, attendees: int) -> None:
        self.sent: list[Request] = []
        self._vacancies, self._attendees = vacancies, attendees

    def request(self, wish: int) -> Request:
        """An old request again, or a new one; every number means one of them."""
        again, wish = wish % 3 == 0, wish // 3
        if again and self.sent:
            return self.sent[wish % len(self.sent)]
        kind, wish = wish % 5, wish // 5
        number, attendee = wish % self._vacancies, Actor(id=f"a{wish // self._vacancies % self._attendees}")
        self.sent.append(_new(kind, number, attendee, f"key-{len(self.sent)}"))
        return self.sent[-1]


def _new(kind: int, number: int, attendee: Actor, key: str) -> Request:
    vacancy = new_id("vac", f"post-{number}")
    if kind == 0:
        return _post(number)
    if kind == 1:
        update = UpdateVacancy(command_id=key, actor=OWNER, vacancy_id=vacancy, title=f"title {key}")
        return Request(f"update {key}", lambda at: handlers.update_vacancy(update, at.vacancies, _organisation))
    if kind == 2:
        withdraw = WithdrawApplication(
            command_id=key, actor=attendee, application_id=derive_id("app", vacancy, attendee.id)
        )
        return Request(f"withdraw {key}", lambda at: handlers.withdraw_application(withdraw, at.applications))
    apply = Apply(command_id=key, actor=attendee, vacancy_id=vacancy, message="please")
    return Request(
        f"apply {key} {attendee.id}", lambda at: handlers.apply_to_vacancy(apply, at.vacancies, at.applications)
    )


def _post(number: int) -> Request:
    """Vacancy 0 has one opening and vacancy 1 two; whoever posts it again has the same key."""
    key = f"post-{number}"
    post = PostVacancy(
        command_id=key,
        actor=OWNER,
        organisation_id="org1",
        title="title",
        description="text",
        sector="energy",
        country="CN",
        openings=number + 1,
    )
    return Request(key, lambda at: handlers.post_vacancy(post, at.vacancies, _organisation))


def _organisation(id: str, actor: Actor) -> Organisation:
    """Everybody's organisation, administered by who asks."""
    return Organisation(
        id=id, name=Bilingual(en="Works"), kind="enterprise", country="CN", version=1, administered=True
    )
