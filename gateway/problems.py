"""What is not a success, as problem documents (RFC 9457)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

MEDIA_TYPE = "application/problem+json"
#: Seconds after which a client may try again what failed because something was away.
RETRY_AFTER = "1"


class FieldError(msgspec.Struct):
    """What is wrong with one field."""

    field: str
    detail: str


class ProblemDocument(msgspec.Struct, omit_defaults=True):
    """RFC 9457, with the field to blame and all errors found."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    field: str = ""
    errors: list[FieldError] = []


class Problem(Exception):
    """An answer that is not a success. `name` says what it is to programs, `detail` to people."""

    def __init__(
        self,
        status: int,
        name: str,
        detail: str,
        *,
        field: str = "",
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.name = name
        self.detail = detail
        self.field = field
        self.errors = errors or ([{"field": field, "detail": detail}] if field else ())
        self.headers = dict(headers or {})

    def document(self, instance: str) -> dict[str, Any]:
        """The problem document; `instance` is the path that was asked for."""
        words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", self.name)
        members: dict[str, Any] = {
            "type": f"urn:subvenue:problem:{words.lower().replace(' ', '-')}",
            "title": words.capitalize(),
            "status": self.status,
            "detail": self.detail,
            "instance": instance,
        }
        if self.errors:
            members |= {"field": self.field, "errors": list(self.errors)}
        return members


def invalid(detail: str, field: str) -> Problem:
    """422: the request is well-formed, but `field` is not what it must be."""
    return Problem(422, "InvalidInput", detail, field=field)


def unavailable(detail: str) -> Problem:
    """503: something this needs is away for now."""
    return Problem(503, "Unavailable", detail, headers={"Retry-After": RETRY_AFTER})
