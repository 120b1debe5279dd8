"""JSON bodies: a command of the contracts minus what the gateway itself adds.

`data: dict[str, Any]` in a handler with ``dto=body_of(Apply, "vacancy_id")`` is a body that has been checked
strictly against `Apply` without its `vacancy_id`, `command_id` and `actor`: a client cannot set those, and an
unknown field or an object in place of a string never gets past here.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar

import msgspec
from litestar.dto import AbstractDTO
from litestar.openapi.spec import Schema

from .problems import Problem, invalid

ADDED_BY_GATEWAY = {"command_id", "actor"}


class Body(AbstractDTO[Any]):
    """Decodes and checks a body by its `shape`, which the description of the API shows."""

    shape: ClassVar[type[msgspec.Struct]]

    def decode_bytes(self, value: bytes) -> dict[str, Any]:
        """The body as the handler gets it."""
        media_type = self.asgi_connection.headers.get("content-type", "").partition(";")[0].strip().lower()
        return decode(value, media_type, self.shape)

    @classmethod
    def create_for_field_definition(cls, *_: Any, **__: Any) -> None:
        """There is nothing to prepare."""

    @classmethod
    def create_openapi_schema(cls, *_: Any, **__: Any) -> Schema:
        """A place to fill: `openapi` describes the shape itself, in full."""
        return Schema()


def body_of(command: type[msgspec.Struct], *from_path: str) -> type[Body]:
    """The body of a request that becomes `command`; `from_path` are its fields that the address gives."""
    return type("Body", (Body,), {"shape": without(command, {*ADDED_BY_GATEWAY, *from_path})})


def without(struct: type[msgspec.Struct], names: set[str]) -> type[msgspec.Struct]:
    """A strict struct with the fields of `struct` except `names`, and its name and docstring."""
    fields: list[Any] = []
    for field in msgspec.structs.fields(struct):
        if field.name in names:
            continue
        if field.default_factory is not msgspec.NODEFAULT:
            fields.append((field.name, field.type, msgspec.field(default_factory=field.default_factory)))
        elif field.default is not msgspec.NODEFAULT:
            fields.append((field.name, field.type, field.default))
        else:
            fields.append((field.name, field.type))
    return msgspec.defstruct(
        struct.__name__,
        fields,
        kw_only=True,
        frozen=True,
        omit_defaults=True,
        forbid_unknown_fields=True,
        module=struct.__module__,
        namespace={"__doc__": struct.__doc__},
    )


def decode(body: bytes, media_type: str, shape: type[msgspec.Struct]) -> dict[str, Any]:
    """The JSON object in `body`, unchanged, if it has `shape`.

    Raises a problem: 415 for another media type, 400 for malformed JSON, 422 that names the field otherwise.
    """
    if media_type != "application/json" and not media_type.endswith("+json"):
        raise Problem(415, "UnsupportedMediaType", "The body must be application/json.", field="Content-Type")
    try:
        document = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Problem(400, "MalformedJson", f"The body is not valid JSON: {error}") from error
    try:
        msgspec.convert(document, shape)
    except msgspec.ValidationError as error:
        raise invalid(*explain(str(error))) from error
    return document


def explain(message: str) -> tuple[str, str]:
    """What is wrong and with which field, from msgspec's message.

    >>> explain("Expected `str`, got `object` - at `$.projects[0].title`")
    ('Expected `str`, got `object`', 'projects[0].title')
    >>> explain("Object contains unknown field `role`")
    ('Object contains unknown field `role`', 'role')
    """
    what, _, path = message.partition(" - at `$")
    where = path.rstrip("`").removeprefix(".")
    named = re.search(r"(?:unknown|required) field `([^`]*)`", what)
    if named:
        where = f"{where}.{named[1]}" if where else named[1]
    return what, where
