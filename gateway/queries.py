"""Query strings are strict: a parameter that a route does not know is named and refused."""

from __future__ import annotations

import re
from typing import Any

from litestar import Request

from .problems import invalid

_NOT_ASCII = re.compile(b"[\x80-\xff]")


def percent_encoded(query: bytes) -> bytes:
    """`query` with the bytes that a client should have encoded as %XX, and did not.

    ``curl '…?q=生物'`` sends UTF-8 as it is. The framework's parser would take each byte for a letter of Latin-1.
    """
    return query if query.isascii() else _NOT_ASCII.sub(lambda byte: b"%%%02X" % byte[0][0], query)


async def refuse_unknown_parameters(request: Request[Any, Any, Any]) -> None:
    """Before each handler: 422 for the first query parameter that it does not declare.

    A handler that reads some parameters itself names them in its `opt`, as ``query=(...)``.
    """
    handler = request.route_handler
    known = {*handler.parsed_fn_signature.parameters, *handler.opt.get("query", ())} - set(request.path_params)
    for name in request.query_params:
        if name not in known:
            raise invalid(f"There is no query parameter `{name}` here.", name)
