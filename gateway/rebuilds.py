"""The search index made anew from the owners of the facts, for operators."""

from __future__ import annotations

from litestar import get, post

from messaging.contracts.search import GetRebuild, Rebuild, RebuildIndex

from .caller import Caller
from .parked import operators_only
from .tokens import signed_in


@post("/search/rebuild", guards=[signed_in, operators_only], status_code=202, tags=["operation"])
async def rebuild_index(caller: Caller) -> Rebuild:
    """Have the index made anew from the owners while it serves; answers the one under way if there is one. For
    operators."""
    return await caller.call(RebuildIndex)


@get("/search/rebuild", guards=[signed_in, operators_only], tags=["operation"])
async def get_rebuild(caller: Caller) -> Rebuild:
    """How far the latest rebuild is. For operators."""
    return await caller.call(GetRebuild)
