"""What goes on from what is being typed."""

from __future__ import annotations

from typing import Annotated

from litestar import get
from litestar.params import Parameter

from messaging.contracts.search import DocumentType, Suggest, Suggestion

from .caller import Caller
from .listings import Listing


@get("/search/suggest", tags=["search"])
async def suggest(
    caller: Caller,
    q: Annotated[
        str, Parameter(max_length=100, description="Letters, characters, pinyin or its initials, as far as typed")
    ] = "",
    type: DocumentType | None = None,
    limit: Annotated[int | None, Parameter(ge=1, le=20, description="How many suggestions at most")] = None,
) -> Listing[Suggestion]:
    """Titles that go on from what is being typed, the best first."""
    return await caller.call(Suggest, q=q, type=type, limit=limit)
