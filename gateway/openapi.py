"""The description of the API: what `/openapi.json` serves and `docs/openapi.json` keeps.

The framework knows the routes and their parameters. The shapes of bodies and answers are described by msgspec,
which checks them: what is shown is what is enforced.
"""

from __future__ import annotations

from typing import Any, get_origin

import msgspec
from litestar import Litestar, Request, Response, Router, get
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, License, SecurityScheme
from litestar.routes import HTTPRoute

from .bodies import Body
from .problems import MEDIA_TYPE, ProblemDocument
from .tokens import signed_in

VERSION = "0.1.0"
DESCRIPTION = """\
The gateway of a hybrid conference. A text that may be bilingual is a string, whose language is detected, or
`{"zh": …, "en": …}`. Times are RFC 3339 in UTC. Listings are pages: follow `next` as `cursor`. Every POST takes
an `Idempotency-Key`: the same key with the same content has one effect. Errors are problem documents (RFC 9457)
that name the field."""
_REFERENCE = "#/components/schemas/{name}"


def config() -> OpenAPIConfig:
    """What the framework needs to know to describe our routes."""
    return OpenAPIConfig(
        title="Subvenue",
        version=VERSION,
        description=DESCRIPTION,
        license=License(name="MIT", identifier="MIT"),
        use_handler_docstrings=True,
        operation_id_creator=lambda handler, *_: handler.handler_name,
        components=Components(
            security_schemes={"token": SecurityScheme(type="http", scheme="bearer", bearer_format="JWT")}
        ),
        path="/schema-of-the-framework",  # ours is at /openapi.json
    )


def document(app: Litestar) -> dict[str, Any]:
    """The OpenAPI 3.1 document."""
    described = msgspec.json.decode(msgspec.json.encode(app.openapi_schema.to_schema()))
    operations = [
        (handler, described["paths"][route.path_format][method.lower()])
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        for method in handler.http_methods
        if method.lower() in described["paths"].get(route.path_format, {})
    ]
    shapes = [
        shape for handler, _ in operations for shape in (body_shape(handler), answer_shape(handler)) if shape
    ]
    schemas, components = msgspec.json.schema_components([*shapes, ProblemDocument], ref_template=_REFERENCE)
    by_shape = dict(zip(shapes, schemas, strict=False))
    for handler, operation in operations:
        fill(operation, handler, by_shape)
    described["paths"] = dict(sorted(described["paths"].items()))  # the framework's order varies
    described["components"]["schemas"] = msgspec.json.decode(msgspec.json.encode(components))
    return described


def fill(operation: dict[str, Any], handler: HTTPRouteHandler, schemas: dict[Any, dict[str, Any]]) -> None:
    """Put the shapes, the problems and the need of a token into the description of one operation."""
    operation["summary"] = handler.handler_name.replace("_", " ").capitalize()
    operation.pop("deprecated", None)
    if body := body_shape(handler):
        operation["requestBody"]["content"]["application/json"]["schema"] = schemas[body]
    for status, response in operation["responses"].items():
        response.pop("headers", None)
        if status.startswith("2") and (answer := answer_shape(handler)):
            response["description"] = "Done"
            response["content"]["application/json"]["schema"] = schemas[answer]
    operation["responses"].pop("400", None)
    operation["responses"]["default"] = {
        "description": "A problem",
        "content": {MEDIA_TYPE: {"schema": {"$ref": _REFERENCE.format(name=ProblemDocument.__name__)}}},
    }
    if signed_in in (handler.guards or ()):
        operation["security"] = [{"token": []}]


def body_shape(handler: HTTPRouteHandler) -> Any:
    """The struct that the handler's JSON body must have, or None."""
    dto = handler.resolve_data_dto()
    return dto.shape if dto is not None and issubclass(dto, Body) else None


def answer_shape(handler: HTTPRouteHandler) -> Any:
    """The struct that the handler answers, or None when it answers something else than JSON."""
    annotation = handler.parsed_fn_signature.return_type.annotation
    kind = get_origin(annotation) or annotation
    return annotation if isinstance(kind, type) and issubclass(kind, msgspec.Struct) else None


@get("/openapi.json", include_in_schema=False, sync_to_thread=False)
def openapi_json(request: Request[Any, Any, Any]) -> Response[dict[str, Any]]:
    """The OpenAPI 3.1 document."""
    return Response(document(request.app))


router = Router("/", route_handlers=[openapi_json])
