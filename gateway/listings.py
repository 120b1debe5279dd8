"""What listings have in common: cursor pages."""

from __future__ import annotations

from typing import Annotated, Generic, TypeVar

from litestar.params import Parameter
from msgspec import Struct

T = TypeVar("T")

Cursor = Annotated[str | None, Parameter(max_length=500, description="`next` of the page before")]
Limit = Annotated[int | None, Parameter(ge=1, le=100, description="How many items a page has at most")]


class Listing(Struct, Generic[T]):
    """One page: `next` is the cursor of the following page, or null on the last."""

    items: list[T]
    next: str | None = None
