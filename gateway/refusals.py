"""Which problem answers which error. Errors become statuses here and nowhere else."""

from __future__ import annotations

import logging
from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException, SerializationException, ValidationException

from messaging.on_asyncio import BusUnavailable, RemoteError, RpcTimeout

from .problems import MEDIA_TYPE, RETRY_AFTER, Problem, unavailable

log = logging.getLogger(__name__)

#: The status of each error of `messaging.contracts`, by its name on the wire.
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
EMPTY_STAGE_AFTER = "5"  # s; WHEP wants a time with its 409, and who listens to the events knows sooner
_NAMES = {
    400: "BadRequest",
    404: "NotFound",
    405: "MethodNotAllowed",
    413: "BodyTooLarge",
    429: "TooManyRequests",
}
_DETAILS = {
    404: "There is nothing at this address.",
    405: "This address does not take this method.",
    413: "The body is larger than 1 MiB.",
    500: "Something went wrong on our side.",
}


def of_service(error: RemoteError) -> Problem:
    """The problem for an error that a service answered; unknown errors show nothing of themselves."""
    status = STATUS.get(error.exc_type)
    if status is None:
        log.error("a service failed", extra={"fields": {"error": error.exc_type, "detail": error.message}})
        return Problem(500, "InternalError", "Something went wrong on our side.")
    after = RETRY_AFTER if status == 503 else EMPTY_STAGE_AFTER if error.exc_type == "StageEmpty" else None
    headers = {"Retry-After": after} if after else None
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
    name = _NAMES.get(error.status_code, "BadRequest" if error.status_code < 500 else "InternalError")
    return Problem(error.status_code, name, _DETAILS.get(error.status_code, error.detail), headers=error.headers)


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
