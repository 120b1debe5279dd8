"""The files of the web folder, as they are, and the readable description of the API at /docs."""

from __future__ import annotations

import mimetypes
from pathlib import Path
from typing import Any

from litestar import Request, Response, Router, route
from litestar.enums import HttpMethod

from .problems import Problem

AnyRequest = Request[Any, Any, Any]
#: The page that shows the description of the API.
REFERENCE = Path(__file__).with_name("reference")
#: Vendored modules have their version in the name: a browser may keep them.
FOREVER = "public, max-age=31536000, immutable"
REVALIDATE = "no-cache"
_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


@route(["/", "/{path:path}"], http_method=[HttpMethod.GET, HttpMethod.HEAD], include_in_schema=False)
async def page(request: AnyRequest) -> Response[bytes]:
    """A file of the web folder, or its index.html for a folder."""
    return answer(request, file_at(request.app.state.settings.web, request.url.path))


@route(["/docs", "/docs/{path:path}"], http_method=[HttpMethod.GET, HttpMethod.HEAD], include_in_schema=False)
async def docs(request: AnyRequest) -> Response[bytes]:
    """The page that shows /openapi.json."""
    return answer(request, file_at(REFERENCE, request.url.path.removeprefix("/docs")))


def answer(request: AnyRequest, file: Path) -> Response[bytes]:
    """The file, or 304 when the browser has it."""
    stat = file.stat()
    headers = {
        "ETag": f'"{stat.st_mtime_ns:x}-{stat.st_size:x}"',
        "Cache-Control": FOREVER if "vendor" in file.parts else REVALIDATE,
    }
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(b"", status_code=304, headers=headers, media_type=type_of(file))
    return Response(file.read_bytes(), headers=headers, media_type=type_of(file))


def file_at(folder: Path, path: str) -> Path:
    """The file that `path` names inside `folder`; 404 for anything else, above all outside of it."""
    root = folder.resolve()
    if "\0" not in path:
        file = (root / path.lstrip("/")).resolve()
        if file.is_dir():
            file /= "index.html"
        if file.is_relative_to(root) and not _hidden(file.relative_to(root)) and file.is_file():
            return file
    raise Problem(404, "NotFound", "There is nothing at this address.")


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def type_of(file: Path) -> str:
    """The media type of a file by its name; the framework adds the charset of a text."""
    return _TYPES.get(file.suffix) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"


router = Router("/", route_handlers=[page, docs])
