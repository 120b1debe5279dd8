"""Searches that are saved, and what they found."""

from __future__ import annotations

from typing import Any

from litestar import Router, delete, get, post

from messaging.contracts.search import (
    DeleteSavedSearch,
    ListNotices,
    ListSavedSearches,
    Notice,
    SavedSearch,
    SaveSearch,
)

from .bodies import body_of
from .caller import Caller
from .listings import Cursor, Limit, Listing
from .tokens import signed_in


@post("/saved-searches", guards=[signed_in], dto=body_of(SaveSearch), return_dto=None)
async def save_search(data: dict[str, Any], caller: Caller) -> SavedSearch:
    """Hear of every new document that a search finds: at once (`immediate`) or once a day (`digest`).

    All of its words must be in a document, in one language, or their translations.
    """
    return await caller.call(SaveSearch, **data)


@get("/saved-searches", guards=[signed_in])
async def list_saved_searches(caller: Caller) -> Listing[SavedSearch]:
    """One's own saved searches, oldest first."""
    return await caller.call(ListSavedSearches)


@delete("/saved-searches/{saved_search_id:str}", guards=[signed_in], status_code=200)
async def delete_saved_search(saved_search_id: str, caller: Caller) -> SavedSearch:
    """Hear no more of it; answers what it was."""
    return await caller.call(DeleteSavedSearch, saved_search_id=saved_search_id)


@get("/notices", guards=[signed_in])
async def list_notices(caller: Caller, limit: Limit = None, cursor: Cursor = None) -> Listing[Notice]:
    """What one's saved searches found, latest first. `GET /events?topics=notices` tells it as it happens."""
    return await caller.call(ListNotices, limit=limit, cursor=cursor)


router = Router(
    "/",
    route_handlers=[save_search, list_saved_searches, delete_saved_search, list_notices],
    tags=["search"],
)
