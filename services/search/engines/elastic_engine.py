"""The engine for a cluster: Elasticsearch, an index ``<alias>-v<N>`` behind an alias.

Writes carry the document's version as an external version, so Elasticsearch itself refuses what is older; its 409
means that the work is done already. Any number of search processes may share a cluster.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from itertools import islice
from typing import Any, get_args

import msgspec
from elasticsearch import Elasticsearch, NotFoundError

from messaging.contracts.errors import Unavailable
from messaging.contracts.search import DocumentType
from services.search.analysis.knowledge import Knowledge
from services.search.analysis.lexicon.choices import Stream
from services.search.analysis.lexicon.translate import Frequencies
from services.search.documents import Document

from . import elastic_mapping, elastic_query, elastic_words
from .elastic_answers import answering, changed_by
from .elastic_fresh import ElasticFresh
from .elastic_indices import BULK_SIZE, Indices
from .interface import Delete, Operation, Upsert, latest, learn
from .plan import Found, Match, Plan, Position
from .schema import LEARNED_AT_OPENING

#: Seconds that a search may take, below the deadline of a call; a bulk request may take longer.
SEARCH_SECONDS, BULK_SECONDS = 2.0, 30.0


class ElasticEngine:
    """An engine over the cluster behind `client`; `alias` names the index."""

    def __init__(
        self,
        client: Elasticsearch,
        alias: str = "subvenue-documents",
        knowledge: Knowledge | None = None,
    ) -> None:
        self.knowledge = knowledge or Knowledge()
        self._client = client
        self._alias = alias
        self._indices = Indices(client, alias)
        self._ready = False

    # -- opening and closing ----------------------------------------------------------------------

    def ensure(self) -> None:
        """See `Engine.ensure`. The alias moves to a new index in one step, after that is filled."""
        if self._ready:
            return
        with answering():
            serving = self._indices.serving()
            if serving is None:
                self._indices.begin_first()
            elif self._indices.fingerprint(serving) != elastic_mapping.mappings()["_meta"]["fingerprint"]:
                self._carry_over(serving)
            else:
                self._learn(serving)
        self._ready = True

    def close(self) -> None:
        """See `Engine.close`."""
        self._client.close()

    def _carry_over(self, serving: str) -> None:
        """Analyse every document of `serving` anew into the next index, then let the alias name that."""
        fresh = self._indices.begin_next(serving, {})
        self.write(map(_operation, self._indices.sources(serving)), fresh)
        self._indices.move(serving, fresh)

    def _learn(self, serving: str) -> None:
        """Learn what the documents taught other processes, and the one before this."""
        for operation in map(_operation, islice(self._indices.sources(serving), LEARNED_AT_OPENING)):
            if isinstance(operation, Upsert):
                learn(self.knowledge, operation.document)

    # -- writing ----------------------------------------------------------------------------------

    def bulk(self, operations: Iterable[Operation]) -> int:
        """See `Engine.bulk`. The refresh at its end makes all of it visible."""
        self.ensure()
        newest = latest(operations)
        with answering():
            # Asked before anything is written: a rebuild that begins later asks the owners later still.
            fresh = self._client.indices.exists_alias(name=self._indices.next)
            changed = self.write(newest, self._alias)
            if fresh:
                self._write_into_next(newest)
        return changed

    def write(self, operations: Iterable[Operation], index: str) -> int:
        """Write into an index by its name."""
        left = iter(operations)
        with answering():
            return sum(self._write(batch, index) for batch in iter(lambda: list(islice(left, BULK_SIZE)), []))

    def _write_into_next(self, operations: list[Operation]) -> None:
        """Into the index being filled; if that serves by now, or is gone, into what serves."""
        for start in range(0, len(operations), BULK_SIZE):
            batch = operations[start : start + BULK_SIZE]
            try:
                self._write(batch, self._indices.next, require_alias=True)
            except NotFoundError:
                self._write(batch, self._alias)

    def rebuild(self) -> ElasticFresh:
        """See `Engine.rebuild`."""
        self.ensure()
        with answering():
            serving = self._indices.serving()
            assert serving
            fresh = self._indices.begin_next(serving, {self._indices.next: {}})
            gone = {"term": {"gone": "gone"}}
            self.write(map(_operation, self._indices.sources(serving, gone)), fresh)
        return ElasticFresh(self, serving, fresh)

    def serve(self, serving: str, fresh: str) -> None:
        """Let the alias name `fresh`. Fails where another rebuild has taken its place."""
        with answering():
            self._indices.move(serving, fresh, was_next=True)

    def remove(self, index: str) -> None:
        """Remove an index, if it is there."""
        with answering():
            self._indices.remove(index)

    def _write(self, batch: list[Operation], index: str, require_alias: bool = False) -> int:
        lines: list[dict[str, Any]] = []
        for operation in batch:
            header = {"_id": operation.id, "version": operation.version, "version_type": "external"}
            lines += [{"index": header}, _body(operation)]
        client = self._client.options(request_timeout=BULK_SECONDS)
        items = client.bulk(index=index, operations=lines, refresh=True, require_alias=require_alias)["items"]
        changed = [changed_by(item["index"]) for item in items]
        for operation, new in zip(batch, changed, strict=True):
            if new and isinstance(operation, Upsert):
                learn(self.knowledge, operation.document)
        return sum(changed)

    # -- reading ----------------------------------------------------------------------------------

    def search(self, plan: Plan) -> Found:
        """See `Engine.search`."""
        self.ensure()
        client = self._client.options(request_timeout=SEARCH_SECONDS)
        with answering():
            if plan.translations and plan.order == "score" and not plan.scale:
                plan = replace(plan, scale=elastic_words.scale(client, self._alias, plan))
            answer = client.search(index=self._alias, **elastic_query.request(plan))
        hits = answer["hits"]["hits"]
        facets = {name: _values(answer["aggregations"][name]["values"]) for name in plan.facets}
        return Found(
            matches=[_match(hit, plan) for hit in hits[: plan.limit]],
            more=len(hits) > plan.limit,
            total=answer["hits"]["total"]["value"],
            facets=facets,
        )

    def frequencies(self, stream: Stream, tokens: Collection[str]) -> Frequencies:
        """See `Engine.frequencies`. One request for all tokens; deleted documents are not counted."""
        self.ensure()
        with answering():
            return elastic_words.frequencies(self._searching(), self._alias, f"all_{stream}", tokens)

    def _searching(self) -> Elasticsearch:
        return self._client.options(request_timeout=SEARCH_SECONDS)

    def suggest(self, key: str, types: tuple[str, ...], limit: int) -> list[Document]:
        """See `Engine.suggest`."""
        self.ensure()
        client = self._client.options(request_timeout=SEARCH_SECONDS)
        query = elastic_query.suggested(key, types)
        with answering():
            answer = client.search(index=self._alias, query=query, size=limit, source_includes=["source"])
        return [msgspec.convert(hit["_source"]["source"], Document) for hit in answer["hits"]["hits"]]

    def documents(self, ids: list[str]) -> list[Document]:
        """See `Engine.documents`."""
        self.ensure()
        with answering():
            query = {"ids": {"values": ids}}
            answer = self._client.search(
                index=self._alias, query=query, size=max(len(ids), 1), source_includes=["source"]
            )
        stored = (_operation(hit["_source"]["source"]) for hit in answer["hits"]["hits"])
        return [operation.document for operation in stored if isinstance(operation, Upsert)]

    def count(self) -> dict[str, int]:
        """See `Engine.count`."""
        self.ensure()
        values = {"terms": {"field": elastic_mapping.facet_field("type")}}
        with answering():
            answer = self._client.search(index=self._alias, size=0, aggregations={"types": values})
        counted = _values(answer["aggregations"]["types"])
        return {kind: counted.get(kind, 0) for kind in get_args(DocumentType)}

    def health(self) -> str:
        """See `Engine.health`."""
        self.ensure()
        with answering():
            status = self._client.options(request_timeout=SEARCH_SECONDS).cluster.health()["status"]
        if status == "red":
            raise Unavailable("the search cluster has lost shards")
        return f"elasticsearch, {status}"


def _operation(source: dict[str, Any]) -> Operation:
    """What would store the record that `source` was stored with."""
    if "type" in source:
        return Upsert(msgspec.convert(source, Document))
    return Delete(source["id"], source["version"])


def _body(operation: Operation) -> dict[str, Any]:
    record = operation.record()
    return elastic_mapping.to_document(record, msgspec.json.decode(record.source))


def _match(hit: dict[str, Any], plan: Plan) -> Match:
    seen = plan.after.seen if plan.after else 0
    score = float(hit["_score"] or 0.0) if plan.order == "score" else 0.0
    position = (
        Position(score=score, tie=hit["sort"][1], seen=seen, scale=plan.scale)
        if plan.order == "score"
        else Position(key=hit["sort"][0], seen=seen)
    )
    return Match(msgspec.convert(hit["_source"]["source"], Document), score, position)


def _values(terms: dict[str, Any]) -> dict[str, int]:
    return {bucket["key"]: bucket["doc_count"] for bucket in terms["buckets"]}
