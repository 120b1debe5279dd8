"""The description of the API: what `/openapi.json` serves and `docs/openapi.json` keeps."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Litestar, Request, Response, Router, get
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, License, SecurityScheme

VERSION = "0.1.0"
DESCRIPTION = """\
The gateway of a hybrid conference. A text that may be bilingual is a string, whose language is detected, or
`{"zh": …, "en": …}`. Times are RFC 3339 in UTC. Listings are pages: follow `next` as `cursor`. Every POST takes
an `Idempotency-Key`: the same key with the same content has one effect. Errors are problem documents (RFC 9457)
that name the field."""


def config() -> OpenAPIConfig:
    """What the framework needs to know to describe our routes."""
    return OpenAPIConfig(
        title="Subvenue",
        version=VERSION,
        description=DESCRIPTION,
        license=License(name="MIT", identifier="MIT"),
        use_handler_docstrings=True,
        operation_id_creator=_operation_id,
        components=Components(
            security_schemes={"token": SecurityScheme(type="http", scheme="bearer", bearer_format="JWT")}
        ),
        path="/schema-of-the-framework",  # ours is at /openapi.json
    )


def _operation_id(handler: HTTPRouteHandler, *_: Any) -> str:
    return handler.handler_name


def document(app: Litestar) -> dict[str, Any]:
    """The OpenAPI 3.1 document."""
    return msgspec.json.decode(msgspec.json.encode(app.openapi_schema.to_schema()))


@get("/openapi.json", include_in_schema=False, sync_to_thread=False)
def openapi_json(request: Request[Any, Any, Any]) -> Response[dict[str, Any]]:
    """The OpenAPI 3.1 document."""
    return Response(document(request.app))


router = Router("/", route_handlers=[openapi_json])
