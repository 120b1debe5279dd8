"""The search service on the bus. Entry points decide nothing: they name what handles what."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from nameko.timer import timer

from messaging.contracts import search as contracts
from messaging.contracts.errors import Unavailable
from messaging.contracts.jobs import VacancyPosted, VacancyUpdated
from messaging.contracts.registration import ProjectSubmitted, ProjectUpdated
from messaging.contracts.streaming import SessionChanged, SessionScheduled
from messaging.envelope import Envelope
from messaging.on_nameko import Remote, SideStores, command, event_batch_handler, query

from . import handlers, queries
from .announcer import Announcer
from .index import Index
from .rebuilding import asking, working
from .rebuilding.storage import Rebuilds
from .rebuilding.working import Work
from .saved import finding, saving
from .saved.finding import Watch
from .saved.storage import Notices, SavedSearches
from .suggest import completing


class Search:
    """Projects, vacancies and sessions, found by their words."""

    name = "search"

    engine = Index()
    announce = Announcer()
    stores = SideStores()
    registration, jobs, streaming = Remote("registration"), Remote("jobs"), Remote("streaming")
    searches, notices, watch = SavedSearches(), Notices(), Watch()
    rebuilds = Rebuilds()
    work = Work()

    @property
    def owners(self) -> dict[str, Remote]:
        """Those who own the facts, by name."""
        return {"registration": self.registration, "jobs": self.jobs, "streaming": self.streaming}

    @query(contracts.Search)
    def search(self, query: contracts.Search) -> contracts.Results:
        """Anyone searches."""
        return queries.search(query, self.engine)

    @query(contracts.Suggest)
    def suggest(self, query: contracts.Suggest) -> contracts.Suggestions:
        """Anyone types."""
        return completing.suggest(query, self.engine)

    @command(contracts.SaveSearch)
    def save_search(self, command: contracts.SaveSearch) -> contracts.SavedSearch:
        """Somebody wants to hear of what a search will find."""
        return saving.save_search(command, self.searches)

    @command(contracts.DeleteSavedSearch)
    def delete_saved_search(self, command: contracts.DeleteSavedSearch) -> contracts.SavedSearch:
        """Or no more."""
        return saving.delete_saved_search(command, self.searches)

    @query(contracts.ListSavedSearches)
    def list_saved_searches(self, query: contracts.ListSavedSearches) -> Any:
        """Somebody reads what they have saved."""
        return saving.list_saved_searches(query, self.searches)

    @query(contracts.ListNotices)
    def list_notices(self, query: contracts.ListNotices) -> Any:
        """Somebody reads what was found for them."""
        return saving.list_notices(query, self.notices)

    @event_batch_handler(contracts.DocumentsIndexed, max_batch=20)
    def find_for_owners(self, envelopes: list[Envelope]) -> None:
        """What has become searchable may be what somebody waits for."""
        finding.find(envelopes, self.watch, self.engine, self.searches, self.notices)
        finding.tell(self.notices, self.announce)

    @timer(interval=5)
    def tell_owners(self) -> None:
        """Every five seconds: is a digest due, or was somebody not told?"""
        with suppress(Unavailable):
            finding.tell(self.notices, self.announce)

    @command(contracts.RebuildIndex)
    def rebuild_index(self, command: contracts.RebuildIndex) -> contracts.Rebuild:
        """An operator has the index made anew."""
        return asking.rebuild_index(command, self.rebuilds)

    @query(contracts.GetRebuild)
    def get_rebuild(self, query: contracts.GetRebuild) -> contracts.Rebuild:
        """An operator asks how far that is."""
        return asking.get_rebuild(query, self.rebuilds)

    @timer(interval=0.5)
    def go_on_rebuilding(self) -> None:
        """Twice a second, for a second at most: is there a rebuild to work on?"""
        working.step_or_wait(self.work, self.engine, self.owners, self.rebuilds)

    @query(contracts.CountDocuments)
    def count_documents(self, query: contracts.CountDocuments) -> dict[str, int]:
        """How many documents of each type there are."""
        return self.engine.count()

    @event_batch_handler(
        ProjectSubmitted,
        ProjectUpdated,
        VacancyPosted,
        VacancyUpdated,
        SessionScheduled,
        SessionChanged,
        max_batch=500,
        linger=0.008,
    )
    def index(self, envelopes: list[Envelope]) -> None:
        """What the owners tell becomes searchable."""
        handlers.index(envelopes, self.engine, self.announce)
