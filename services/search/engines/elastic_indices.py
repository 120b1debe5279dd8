"""The indices of one alias in a cluster: ``<alias>-v<N>``, of which one serves and the next may be in the making.

<alias>        names the index that serves
<alias>-next   names the one that a rebuild fills, so that every process finds it
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from elasticsearch import BadRequestError, Elasticsearch, NotFoundError

from . import elastic_mapping

#: Documents or operations in one request to the cluster.
BULK_SIZE = 500


class Indices:
    """Makes, names and removes them. Errors are those of the client."""

    def __init__(self, client: Elasticsearch, alias: str) -> None:
        self._client = client
        self._alias = alias
        self.next = f"{alias}-next"

    def serving(self) -> str | None:
        """The index behind the alias."""
        try:
            return next(iter(self._client.indices.get_alias(name=self._alias)), None)
        except NotFoundError:
            return None

    def fingerprint(self, index: str) -> str:
        """Which schema made it."""
        mapping = self._client.indices.get_mapping(index=index)[index]["mappings"]
        return str(mapping.get("_meta", {}).get("fingerprint", ""))

    def begin_first(self) -> None:
        """The first index, which serves at once."""
        self._create(f"{self._alias}-v1", {self._alias: {}})

    def begin_next(self, serving: str, aliases: dict[str, Any]) -> str:
        """An empty index of the next number."""
        fresh = f"{self._alias}-v{int(serving.rpartition('-v')[2]) + 1}"
        self.remove(fresh)  # what a crash left
        self._create(fresh, aliases)
        return fresh

    def move(self, serving: str, fresh: str, was_next: bool = False) -> None:
        """Let the alias name `fresh`, in one step, and remove `serving`."""
        no_longer_next = [{"remove": {"index": fresh, "alias": self.next}}] if was_next else []
        self._client.indices.update_aliases(
            actions=[
                *no_longer_next,
                {"remove": {"index": serving, "alias": self._alias}},
                {"add": {"index": fresh, "alias": self._alias}},
            ]
        )
        self.remove(serving)

    def remove(self, index: str) -> None:
        """Remove an index, if it is there."""
        self._client.indices.delete(index=index, ignore_unavailable=True)

    def sources(self, index: str, query: dict[str, Any] | None = None) -> Iterator[dict[str, Any]]:
        """The source of every record, or of those that `query` finds."""
        after: list[int] | None = None
        while True:
            answer = self._client.search(
                index=index,
                query=query,
                sort=[{"tie": "asc"}],
                size=BULK_SIZE,
                search_after=after,
                source_includes=["source"],
            )
            hits = answer["hits"]["hits"]
            yield from (hit["_source"]["source"] for hit in hits)
            if len(hits) < BULK_SIZE:
                return
            after = hits[-1]["sort"]

    def _create(self, index: str, aliases: dict[str, Any]) -> None:
        try:
            self._client.indices.create(
                index=index,
                settings=elastic_mapping.SETTINGS,
                mappings=elastic_mapping.mappings(),
                aliases=aliases,
            )
        except BadRequestError as error:  # another process was quicker
            if "already_exists" not in error.error:
                raise
