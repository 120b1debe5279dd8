"""How streaming control keeps its aggregates, and what it last heard of the media nodes."""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar

import msgspec
from mongoengine import Document, IntField, StringField
from pymongo.collection import Collection

from messaging.at_store import at_store
from messaging.outbox import AggregateDocument, Aggregates
from services.streaming.domain.placement import Node
from services.streaming.domain.session import Session
from services.streaming.domain.sub_venue import SubVenue


class SubVenueDocument(AggregateDocument):
    """Sub-venues by id."""

    meta: ClassVar[dict[str, Any]] = {"db_alias": "streaming", "collection": "sub_venues"}


class SessionDocument(AggregateDocument):
    """Sessions by id, by their place in the programme, by sub-venue and by node. `live` is 0 or 1."""

    meta: ClassVar[dict[str, Any]] = {
        "db_alias": "streaming",
        "collection": "sessions",
        "indexes": ["order", "sub_venue_id", "live"],
    }
    order = StringField()
    sub_venue_id = StringField()
    kind = StringField()
    live = IntField()
    node = StringField()


class NodeDocument(Document):
    """Media nodes by name, as their last heartbeat told."""

    meta: ClassVar[dict[str, Any]] = {"db_alias": "streaming", "collection": "nodes", "auto_create_index": False}
    id = StringField(primary_key=True)


class SubVenues(Aggregates[SubVenue]):
    """The sub-venues."""

    document = SubVenueDocument
    aggregate = SubVenue


class Sessions(Aggregates[Session]):
    """The sessions."""

    document = SessionDocument
    aggregate = Session

    def keys(self, aggregate: Session) -> dict[str, Any]:
        """What sessions are listed and swept by."""
        return {
            "order": aggregate.order,
            "sub_venue_id": aggregate.sub_venue_id,
            "kind": aggregate.kind,
            "live": int(aggregate.live),
            "node": aggregate.stage.node if aggregate.stage else "",
        }

    def live(self) -> list[Session]:
        """All sessions whose media comes in now."""
        return self.find({"live": 1}, limit=1000)


class Nodes:
    """The media nodes: the present state of each, no history and no outbox."""

    @property
    def collection(self) -> Collection[Any]:
        """The collection."""
        collection: Collection[Any] = NodeDocument._get_collection()
        return collection

    def all(self) -> list[Node]:
        """Every node heard of and not yet taken for gone."""
        with at_store():
            known = self.collection.find({"node": {"$exists": True}})
            return [
                dataclasses.replace(msgspec.convert(one["node"], Node), cordoned=bool(one.get("cordoned")))
                for one in known
            ]

    def put(self, node: Node) -> None:
        """Keep what a node just told."""
        with at_store():
            kept = {"$set": {"node": msgspec.to_builtins(node)}}
            self.collection.update_one({"_id": node.name}, kept, upsert=True)

    def remove(self, name: str) -> None:
        """Forget a node; that it is cordoned is remembered until an operator says otherwise."""
        with at_store():
            self.collection.update_one({"_id": name}, {"$unset": {"node": ""}})

    def cordon(self, name: str, cordoned: bool) -> Node | None:
        """Give a node no new peers, or give it some again. None where no node is called so."""
        with at_store():
            self.collection.update_one({"_id": name}, {"$set": {"cordoned": cordoned}})
        return next((node for node in self.all() if node.name == name), None)
