"""The search service on the bus. Entry points decide nothing: they name what handles what."""

from __future__ import annotations

from nameko.timer import timer

from messaging.contracts import search as contracts
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
from .suggest import completing


class Search:
    """Projects, vacancies and sessions, found by their words."""

    name = "search"

    engine = Index()
    announce = Announcer()
    stores = SideStores()
    registration, jobs, streaming = Remote("registration"), Remote("jobs"), Remote("streaming")
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
