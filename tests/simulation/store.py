"""A collection in memory with the promises of MongoDB and no others: one document changes at once, many do not."""

from __future__ import annotations

from typing import Any

from pymongo.errors import AutoReconnect, BulkWriteError, DuplicateKeyError

from .steps import DONE, LOST_BEFORE, Stage

Document = dict[str, Any]
_TESTS = {
    "$in": lambda value, wanted: value in wanted,
    "$gt": lambda value, wanted: value is not None and value > wanted,
    "$lt": lambda value, wanted: value is not None and value < wanted,
    "$ne": lambda value, wanted: value != wanted,
    "$exists": lambda value, wanted: (value is not None) == wanted,
}


class Outcome:
    """What pymongo says of an update."""

    def __init__(self, matched: int) -> None:
        self.matched_count = self.modified_count = matched


class Found(list[Document]):
    """A cursor."""

    def sort(self, key: str, direction: int) -> Found:
        return Found(sorted(self, key=lambda document: document[key], reverse=direction < 0))

    def limit(self, count: int) -> Found:
        return Found(self[:count])


class Collection:
    """As much of a collection as the outbox and the relay use. `committed` is every event ever written."""

    def __init__(self, name: str, stage: Stage) -> None:
        self.name = name
        self.documents: dict[str, Document] = {}
        self.committed: dict[str, Document] = {}
        self._stage = stage

    def find(self, criteria: Document, fields: object = None) -> Found:
        self._ask("find")
        return Found(clone(one) for one in self._fitting(criteria))

    def find_one(self, criteria: Document, fields: object = None) -> Document | None:
        self._ask("find one")
        return next((clone(one) for one in self._fitting(criteria)), None)

    def insert_one(self, document: Document) -> None:
        outcome = self._ask("insert")
        if document["_id"] in self.documents:
            raise DuplicateKeyError(f"duplicate key {document['_id']}")
        self.documents[document["_id"]] = clone(document)
        self._commit(document["outbox"])
        self._answer(outcome)

    def insert_many(self, documents: list[Document], ordered: bool) -> None:
        """One after the other, the refused left out: a crash may come between two of them."""
        errors = []
        for index, document in enumerate(documents):
            try:
                self.insert_one(document)
            except DuplicateKeyError as error:
                errors.append({"index": index, "code": 11000, "errmsg": str(error)})
        if errors:
            raise BulkWriteError({"writeErrors": errors})

    def with_options(self, **options: object) -> Collection:
        """How durable a write is makes no difference here."""
        return self

    def update_one(self, criteria: Document, update: Document) -> Outcome:
        outcome = self._ask("update")
        fitting = self._fitting(criteria)[:1]
        for document in fitting:
            self._apply(document, update)
        self._answer(outcome)
        return Outcome(len(fitting))

    def update_many(self, criteria: Document, update: Document) -> Outcome:
        """One document after the other: a crash may come between two of them."""
        matched, seen = 0, set()
        while fitting := [one for one in self._fitting(criteria) if one["_id"] not in seen]:
            outcome = self._ask(f"update {len(fitting)}")
            if fitting[0] in self._fitting(criteria):  # else somebody else changed it first
                self._apply(fitting[0], update)
                matched += 1
            seen.add(fitting[0]["_id"])
            self._answer(outcome)
        return Outcome(matched)

    def _ask(self, effect: str) -> str:
        outcome = self._stage.pause(f"{effect} {self.name}")
        if outcome == LOST_BEFORE:
            raise AutoReconnect("the request was lost")
        return outcome

    def _answer(self, outcome: str) -> None:
        if outcome != DONE:
            raise AutoReconnect("the answer was lost")

    def _fitting(self, criteria: Document) -> list[Document]:
        if isinstance(id := criteria.get("_id"), str):
            candidates = [self.documents[id]] if id in self.documents else []
        else:
            candidates = list(self.documents.values())
        return [one for one in candidates if all(_meets(_at(one, path), criteria[path]) for path in criteria)]

    def _apply(self, document: Document, update: Document) -> None:
        for path, value in update.get("$set", {}).items():
            *folders, last = path.split(".")
            _at(document, ".".join(folders))[last] = clone(value)
            if folders == ["outbox"]:
                self._commit({last: value})
        for path in update.get("$unset", {}):
            *folders, last = path.split(".")
            _at(document, ".".join(folders)).pop(last, None)
        for key, by in update.get("$inc", {}).items():
            document[key] += by
        unknown = update.keys() - {"$set", "$unset", "$inc"}
        assert not unknown, f"teach the simulation {unknown}"

    def _commit(self, outbox: Document) -> None:
        self.committed |= clone(outbox)


def clone(value: Any) -> Any:
    """A copy of JSON-like data that shares nothing with it."""
    if isinstance(value, dict):
        return {key: clone(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [clone(item) for item in value]
    return value


def _at(document: Any, path: str) -> Any:
    for step in path.split(".") if path else ():
        document = document.get(step) if isinstance(document, dict) else None
    return document


def _meets(value: Any, wanted: Any) -> bool:
    if isinstance(wanted, dict) and any(key.startswith("$") for key in wanted):
        return all(_TESTS[test](value, limit) for test, limit in wanted.items())
    return bool(value == wanted)
