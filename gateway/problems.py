"""Everything that goes wrong, as problem documents (RFC 9457).

Errors of services are mapped here and nowhere else: `STATUS` has the status for each error of
`messaging.contracts`, by its name on the wire.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, SerializationException, ValidationException

from messaging.on_asyncio import BusUnavailable, RemoteError, RpcTimeout

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
#: Seconds after which a client may try again what failed because something was away.
RETRY_AFTER = "1"

STATUS = {
    "InvalidInput": 422,
    "IdempotencyKeyReused": 422,
    "InvalidToken": 401,
    "NotAllowed": 403,
    "NotFound": 404,
    "Conflict": 409,
    "VersionConflict": 409,
    "EmailTaken": 409,
    "VacancyClosed": 409,
    "NoOpeningsLeft": 409,
    "AlreadyApplied": 409,
    "SessionEnded": 409,
    "SessionNotStarted": 409,
    "StageEmpty": 409,
    "Unavailable": 503,
}
HTTP_NAMES = {
    400: "BadRequest",
    404: "NotFound",
    405: "MethodNotAllowed",
    413: "BodyTooLarge",
    429: "TooManyRequests",
}


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


def of_service(error: RemoteError) -> Problem:
    """The problem for an error that a service answered; unknown errors show nothing of themselves."""
    status = STATUS.get(error.exc_type)
    if status is None:
        log.error("a service failed", extra={"fields": {"error": error.exc_type, "detail": error.message}})
        return Problem(500, "InternalError", "Something went wrong on our side.")
    headers = {"Retry-After": RETRY_AFTER} if status == 503 else None
    return Problem(status, error.exc_type, error.message, field=error.field, headers=headers)


def of_bus(error: BusUnavailable | RpcTimeout, connected: bool) -> Problem:
    """503 when nothing was there to ask, 504 when a service was asked and did not answer in time."""
    if isinstance(error, BusUnavailable) or not connected:
        return unavailable("A service that this needs is away. Try again in a moment.")
    detail = "A service did not answer in time. Try again with the same key."
    return Problem(504, "Timeout", detail, headers={"Retry-After": RETRY_AFTER})


def of_http(error: HTTPException) -> Problem:
    """The problem for what the framework refused: unknown routes, methods, bodies, query parameters."""
    if isinstance(error, ValidationException):
        errors = [
            {"field": str(item.get("key", "")), "detail": str(item.get("message", ""))}
            for item in error.extra or ()
            if isinstance(item, dict)
        ]
        if errors and errors[0]["field"] == "data":  # the framework's name for a body that is not there
            return Problem(400, "MalformedJson", "The body must be a JSON object.")
        first = errors[0] if errors else {"field": "", "detail": "The request is not what it must be."}
        return Problem(422, "InvalidInput", first["detail"], field=first["field"], errors=errors)
    name = HTTP_NAMES.get(error.status_code, "BadRequest" if error.status_code < 500 else "InternalError")
    return Problem(error.status_code, name, _DETAILS.get(error.status_code, error.detail), headers=error.headers)


_DETAILS = {
    404: "There is nothing at this address.",
    405: "This address does not take this method.",
    413: "The body is larger than 1 MiB.",
    500: "Something went wrong on our side.",
}


def of_anything(error: Exception, connected: bool) -> Problem:
    """The problem for any exception. What nobody foresaw is logged, and shows nothing of itself."""
    match error:
        case Problem():
            return error
        case RemoteError():
            return of_service(error)
        case BusUnavailable() | RpcTimeout():
            return of_bus(error, connected)
        case SerializationException():
            return Problem(400, "MalformedJson", "The body is not valid JSON.")
        case HTTPException():
            return of_http(error)
    log.error("unexpected error", exc_info=error)
    return Problem(500, "InternalError", "Something went wrong on our side.")


def answer(request: Request[Any, Any, Any], error: Exception) -> Response[dict[str, Any]]:
    """The exception handler of the application."""
    bus = getattr(request.app.state, "bus", None)
    problem = of_anything(error, connected=bus is None or bus.connected)
    return Response(
        problem.document(request.url.path),
        status_code=problem.status,
        media_type=MEDIA_TYPE,
        headers=problem.headers,
    )
