"""What the owners of saved searches may do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from messaging.contracts.access import signed_in
from messaging.contracts.errors import Conflict, InvalidInput
from messaging.contracts.search import (
    DeleteSavedSearch,
    ListNotices,
    ListSavedSearches,
    SavedSearch,
    SaveSearch,
)
from messaging.contracts.types import Page
from messaging.envelope import now_rfc3339
from messaging.identity import fingerprint, new_id
from messaging.pages import decode_cursor, page
from services.search.queries import understood

if TYPE_CHECKING:
    from .storage import Notices, SavedSearches

#: Saved searches of one owner; more would be a way to be told of everything.
MOST = 50


def save_search(command: SaveSearch, searches: SavedSearches) -> SavedSearch:
    """Save a search of the actor. Raises `InvalidInput` for one that asks nothing, `Conflict` beyond `MOST`."""
    actor = signed_in(command.actor)
    question = understood(command.q)
    asks = question.words or question.clauses or command.type or any(command.filters.values()) or command.ranges
    if not asks:
        raise InvalidInput("a saved search needs words, filters or ranges", "q")
    id = new_id("svs", command.command_id)
    own = searches.of(actor.id)
    if len(own) >= MOST and id not in [saved.id for saved in own]:
        raise Conflict(f"there are {MOST} saved searches already; delete one first")
    saved = SavedSearch(
        id=id,
        owner_id=actor.id,
        created_at=now_rfc3339(),
        pace=command.pace,
        name=command.name,
        q=command.q,
        type=command.type,
        lang=command.lang,
        filters={name: values for name, values in command.filters.items() if values},
        ranges=command.ranges,
    )
    return searches.add(saved, fingerprint(command))


def delete_saved_search(command: DeleteSavedSearch, searches: SavedSearches) -> SavedSearch:
    """Forget one of the actor's."""
    return searches.remove(command.saved_search_id, signed_in(command.actor).id)


def list_saved_searches(query: ListSavedSearches, searches: SavedSearches) -> Page:
    """The actor's, oldest first."""
    return Page(items=[msgspec.to_builtins(saved) for saved in searches.of(signed_in(query.actor).id)])


def list_notices(query: ListNotices, notices: Notices) -> Page:
    """The actor's, latest first."""
    found = notices.of(signed_in(query.actor).id, decode_cursor(query.cursor), query.limit + 1)
    return page(found, query.limit, lambda one: one[0], lambda one: one[1])
