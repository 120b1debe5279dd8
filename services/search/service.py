"""The search service on the bus. Entry points decide nothing: they name what handles what."""

from __future__ import annotations

from messaging.contracts import search as contracts
from messaging.contracts.jobs import VacancyPosted, VacancyUpdated
from messaging.contracts.registration import ProjectSubmitted, ProjectUpdated
from messaging.contracts.streaming import SessionChanged, SessionScheduled
from messaging.envelope import Envelope
from messaging.on_nameko import event_batch_handler, query

from . import handlers, queries
from .announcer import Announcer
from .index import Index
from .suggest import completing


class Search:
    """Projects, vacancies and sessions, found by their words."""

    name = "search"

    engine = Index()
    announce = Announcer()

    @query(contracts.Search)
    def search(self, query: contracts.Search) -> contracts.Results:
        """Anyone searches."""
        return queries.search(query, self.engine)

    @query(contracts.Suggest)
    def suggest(self, query: contracts.Suggest) -> contracts.Suggestions:
        """Anyone types."""
        return completing.suggest(query, self.engine)

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
