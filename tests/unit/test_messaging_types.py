"""The shapes of contracts, pages of listings, and taking turns."""

from __future__ import annotations

import msgspec
import pytest

from messaging import turns
from messaging.contracts.access import as_operator, signed_in
from messaging.contracts.errors import InvalidInput, NotAllowed, VersionConflict
from messaging.contracts.jobs import ListVacancies, PostVacancy
from messaging.contracts.registration import Created, RegisterAttendee
from messaging.contracts.types import Actor, Bilingual, Text, bilingual
from messaging.pages import decode_cursor, encode_cursor, page
from messaging.turns import in_turn


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("机器人", "zh"),
        ("A robot", "en"),
        ("AI 机器人平台", "zh"),
        ("A platform for the 机 robot", "en"),
        ("2027", "en"),
        ("", "en"),
        ("Éclair", "en"),
    ],
)
def test_a_plain_text_goes_under_its_language(text: str, language: str):
    """Han characters weigh against Latin words; what has neither is English."""
    if not text:
        with pytest.raises(ValueError, match="zh, in en"):
            bilingual(text)
        return
    assert getattr(bilingual(text), language) == text


def test_a_bilingual_text_stays_as_it_is():
    """Nothing is detected where the writer said it."""
    text = Bilingual(zh="A robot", en="机器人")
    assert bilingual(text) is text


def test_a_text_falls_back_to_its_other_language():
    """There is always something to show."""
    assert Bilingual(zh="机器人").in_language("en") == "机器人"
    assert Bilingual(zh="机器人", en="A robot").in_language("zh-Hans") == "机器人"
    assert str(Bilingual(en="A robot")) == "A robot"


@pytest.mark.parametrize(
    "value", [{}, {"zh": ""}, {"zh": None, "en": None}, {"fr": "Un robot"}, 7, [], {"$gt": ""}]
)
def test_what_is_no_text_is_refused(value: object):
    """One of the two languages, and nothing that a database could take for an operator."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(value, Text)


VACANCY = {
    "organisation_id": "org_1",
    "title": "Engineer",
    "description": "Builds",
    "sector": "robotics",
    "country": "CN",
}


@pytest.mark.parametrize(
    "change",
    [
        {"organisation_id": {"$ne": ""}},
        {"organisation_id": "$where"},
        {"organisation_id": ""},
        {"country": "cn"},
        {"sector": "Robotics!"},
        {"openings": 0},
        {"openings": "some"},
        {"openings": True},
        {"openings": 1.5},
        {"languages": "zh"},
        {"languages": ["zh"] * 11},
        {"title": "x" * 20_001},
        {"titel": "x"},
        {"actor": {"id": "a", "roles": ["operator"], "admin": True}},
    ],
)
def test_contracts_are_strict(change: dict[str, object]):
    """No coercion, no unknown field, no operator object, nothing beyond its limits."""
    assert msgspec.convert(VACANCY, PostVacancy).openings == 1
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({**VACANCY, **change}, PostVacancy)


def test_unlimited_is_not_a_number():
    """Openings are a count or the word."""
    assert msgspec.convert({**VACANCY, "openings": "unlimited"}, PostVacancy).openings == "unlimited"


@pytest.mark.parametrize("email", ["", "nobody", "a@b", "a b@c.d", "a@b.c\n", {"$gt": ""}])
def test_an_address_looks_like_one(email: object):
    """A local part, an at sign, a domain with a dot."""
    person = {
        "name": "A presenter",
        "country": "CN",
        "languages": ["zh"],
        "time_zone": "Asia/Shanghai",
        "mode": "online",
    }
    msgspec.convert({**person, "email": "a@b.cn"}, RegisterAttendee)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({**person, "email": email}, RegisterAttendee)


@pytest.mark.parametrize("limit", [0, -1, 101, "20", 1.5, True])
def test_pages_have_a_limit(limit: object):
    """From 1 to 100, and a number."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"limit": limit}, ListVacancies)


def test_roles():
    """Operators may do whatever any role may do; nobody may do what needs a token."""
    assert Actor("a1").has_role("attendee")
    assert not Actor("a1").has_role("operator")
    assert Actor("o1", ("operator",)).has_role("presenter")
    assert as_operator(Actor("o1", ("operator",))).id == "o1"
    for refused in (lambda: signed_in(None), lambda: as_operator(None), lambda: as_operator(Actor("a1"))):
        with pytest.raises(NotAllowed):
            refused()


def test_pages_follow_one_another():
    """A page knows that more follows by the one item beyond it, and its cursor is the last key shown."""
    kept = [f"id-{number}" for number in range(5)]
    seen: list[str] = []
    after: str | None = None
    while True:
        found = [key for key in kept if after is None or key > after][: 2 + 1]
        shown = page(found, 2, key=str, view=Created)
        seen += [str(item["id"]) for item in shown.items]
        if shown.next is None:
            break
        after = decode_cursor(shown.next)
    assert seen == kept


def test_an_empty_page():
    """Nothing found, nothing follows."""
    assert page([], 20, key=str, view=Created).next is None


def test_cursors_come_back_as_they_were():
    """Any key, also with characters that no URL likes."""
    for key in ("a", "2027-01-05T09:30:00Z|ses_1", "机器人/+="):
        assert decode_cursor(encode_cursor(key)) == key
    assert decode_cursor(None) is None


@pytest.mark.parametrize(
    "cursor", ["", "x", "机", "bm8ganNvbg", "WzIsImEiXQ", "WzEsN10", "eyJhIjoxfQ", "W10", "====", "IjEi"]
)
def test_a_cursor_that_is_none_of_ours_is_refused(cursor: str):
    """It is the client's mistake, never an error of ours."""
    with pytest.raises(InvalidInput) as refusal:
        decode_cursor(cursor)
    assert refusal.value.field == "cursor"


def test_who_is_in_the_way_has_got_on(monkeypatch: pytest.MonkeyPatch):
    """A conflict is tried again; the answer is that of the try that went through."""
    monkeypatch.setattr(turns.time, "sleep", lambda _: None)
    answers = iter([VersionConflict(), VersionConflict(), None])

    def change() -> str:
        if error := next(answers):
            raise error
        return "done"

    assert in_turn(change) == "done"


def test_turns_end(monkeypatch: pytest.MonkeyPatch):
    """A conflict that never ends is told to the caller; any other error at once."""
    monkeypatch.setattr(turns.time, "sleep", lambda _: None)
    tries: list[int] = []

    def change() -> None:
        tries.append(1)
        raise VersionConflict

    with pytest.raises(VersionConflict):
        in_turn(change)
    assert len(tries) == 60

    def refuse() -> None:
        tries.append(1)
        raise InvalidInput

    with pytest.raises(InvalidInput):
        in_turn(refuse)
    assert len(tries) == 61
