"""The shapes every contract is made of.

A *command* asks one service to change something and carries who asks and an idempotency key.
A *query* asks and changes nothing. An *event* states what has happened, in the past tense.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta, Struct

LANGUAGES = ("zh", "en")
#: The end of a text. `$` alone also matches before a line break at the end, in Python.
END = r"$(?!\n)"

Identifier = Annotated[str, Meta(min_length=1, max_length=80, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]*" + END)]
ShortText = Annotated[str, Meta(min_length=1, max_length=300)]
LongText = Annotated[str, Meta(max_length=20_000)]
CountryCode = Annotated[str, Meta(pattern=r"^[A-Z]{2}" + END, description="ISO 3166-1 alpha-2")]
LanguageCode = Annotated[str, Meta(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*" + END, description="BCP 47")]
Slug = Annotated[str, Meta(min_length=1, max_length=60, pattern=r"^[a-z0-9][a-z0-9-]*" + END)]
Timestamp = Annotated[str, Meta(description="RFC 3339, UTC", max_length=40)]


class Bilingual(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One text in Chinese, English or both; at least one of the two is given."""

    zh: Annotated[str, Meta(max_length=20_000)] | None = None
    en: Annotated[str, Meta(max_length=20_000)] | None = None

    def __post_init__(self) -> None:
        if not (self.zh or self.en):
            raise ValueError("give the text in zh, in en, or in both")

    def in_language(self, language: str) -> str:
        """The text in `language` ("zh" or "en"), or in the other where it is missing."""
        first, second = (self.zh, self.en) if language.startswith("zh") else (self.en, self.zh)
        return first or second or ""

    def __str__(self) -> str:
        return self.in_language("en")


#: A text that may be bilingual: a string, whose language is detected, or ``{"zh": …, "en": …}``.
Text = Bilingual | Annotated[str, Meta(min_length=1, max_length=20_000)]


def bilingual(text: Bilingual | str) -> Bilingual:
    """`text` as a `Bilingual`: a plain string goes under the language it is written in."""
    if isinstance(text, Bilingual):
        return text
    return Bilingual(zh=text) if is_chinese(text) else Bilingual(en=text)


def is_chinese(text: str) -> bool:
    """Whether `text` reads as Chinese: Han characters against Latin words, each counted as a word."""
    han = sum("㐀" <= c <= "鿿" or "豈" <= c <= "﫿" for c in text)
    latin_words = sum(any("a" <= c.lower() <= "z" for c in word) for word in text.split())
    return han > 0 and han >= latin_words


class Actor(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Who asks: the subject and the roles of a verified token. Roles: attendee, presenter, operator."""

    id: str
    roles: tuple[str, ...] = ("attendee",)

    def has_role(self, role: str) -> bool:
        """Operators may do whatever any role may do."""
        return role in self.roles or "operator" in self.roles


class Command(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A request to change something. The same `command_id` with the same content has one effect."""

    command_id: Annotated[str, Meta(max_length=200)] = ""
    actor: Actor | None = None


class Query(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A question; it changes nothing and may be asked any number of times."""

    actor: Actor | None = None


class Event(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type"):
    """A fact. Fields are only ever added, with defaults; a changed meaning is a new version beside the old.

    A subclass gives its full name as its tag: ``class AttendeeRegistered(Event,
    tag="registration.attendee_registered.v1")``: its owner, its routing key, its version.
    Unknown fields of a newer producer are ignored by an older consumer.

    `must_be_heard` marks the facts that some service depends on: without a bound queue they wait in the outbox
    and raise an alert, where the others are published for whoever listens.
    """

    must_be_heard: ClassVar[bool] = False


def type_name(event: type[Event]) -> str:
    """The full name on the wire, for example ``registration.attendee_registered.v1``."""
    return str(event.__struct_config__.tag)


def source(event: type[Event]) -> str:
    """The service that owns the fact; its exchange is ``<source>.events``."""
    return type_name(event).split(".")[0]


def routing_key(event: type[Event]) -> str:
    """The event's name for version 1, ``<name>.v2`` and so on for the versions after it."""
    name, version = type_name(event).split(".")[1:]
    return name if version == "v1" else f"{name}.{version}"


def version(event: type[Event]) -> int:
    """The version of the contract, from 1."""
    return int(type_name(event).rsplit(".v", 1)[1])


def method_name(contract: type[Struct]) -> str:
    """The RPC method of a command or query: ``GetOrganisation`` is served as ``get_organisation``."""
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in contract.__name__).lstrip("_")


class Page(Struct, frozen=True, kw_only=True):
    """One page of a listing: `items` as the owner's read model, `next` the cursor of the following page."""

    items: list[dict[str, object]]
    next: str | None = None


def to_wire(message: object) -> object:
    """`message` as JSON-compatible builtins (dicts, lists, strings, numbers)."""
    return msgspec.to_builtins(message)
