"""docs/asyncapi.yaml is what the contracts say, fits the specification, and tells the truth about the services."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from gateway.push import news
from messaging.asyncapi.document import document, render
from messaging.asyncapi.words import OWNERS, RECEIVERS, answer_of
from messaging.contracts.search import NoticesDue
from messaging.contracts.types import Event, Page
from messaging.topology import event_queue
from tests.contract.message_samples import asked, events, samples

ROOT = Path(__file__).resolve().parents[2]
PUBLISHED = ROOT / "docs/asyncapi.yaml"
SCHEMA = ROOT / "tests/contract/schemas/asyncapi-3.0.0.json"
SERVICES = {owner: ROOT / f"services/{owner}/service.py" for owner in OWNERS} | {
    "streaming": ROOT / "services/streaming/control/service.py"
}


@pytest.fixture(scope="module")
def published() -> Any:
    """The committed document."""
    return yaml.safe_load(PUBLISHED.read_text("utf-8"))


def test_the_document_is_up_to_date():
    """`python -m messaging.asyncapi > docs/asyncapi.yaml` brings it up to date."""
    assert PUBLISHED.read_text("utf-8") == render()


def test_the_document_fits_the_specification(published: Any):
    """AsyncAPI's own JSON schema of version 3.0.0 accepts it."""
    jsonschema.Draft7Validator(json.loads(SCHEMA.read_text("utf-8"))).validate(published)


def references(value: Any) -> list[str]:
    """Every `$ref` in a JSON value."""
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [one for inner in value.values() for one in references(inner)]
    return [one for inner in value for one in references(inner)] if isinstance(value, list) else []


def test_every_reference_leads_somewhere(published: Any):
    """The schema cannot see a reference that dangles."""
    for reference in set(references(published)):
        place = published
        for step in reference.removeprefix("#/").split("/"):
            assert step in place, reference
            place = place[step]


@pytest.mark.parametrize("name", events())
def test_samples_fit_the_published_payloads(name: str, published: Any):
    """What the document promises of an event is what is on the wire."""
    envelope = {"id": "1", "type": name, "version": int(name[-1]), "aggregate": "a", "seq": 1, "time": "t"}
    schema = {**published["components"]["messages"][name]["payload"], "components": published["components"]}
    check = jsonschema.Draft202012Validator(schema)
    for sample in samples(name):
        check.validate({**envelope, "data": sample})
        assert not check.is_valid({**envelope, "data": {**sample, "type": "another"}})
        assert not check.is_valid({**envelope, "data": sample, "version": 99})


@pytest.mark.parametrize("name", asked())
def test_samples_fit_the_published_requests(name: str, published: Any):
    """So do commands and queries; a misspelt field does not."""
    schema = {**published["components"]["messages"][name]["payload"], "components": published["components"]}
    check = jsonschema.Draft202012Validator(schema)
    for sample in samples(name):
        check.validate({"args": [], "kwargs": sample})
        assert not check.is_valid({"args": [], "kwargs": {**sample, "colour": "red"}})


def test_receivers_are_those_of_the_queues():
    """Who receives what is pinned twice: here and in the names of the durable queues."""
    pinned = (ROOT / "tests/architecture/queues.txt").read_text("utf-8").split()
    durable = {
        event_queue(event, *receiver.split("."))
        for receiver, heard in RECEIVERS.items()
        if not receiver.startswith("gateway")
        for event in heard
    }
    assert durable == {queue for queue in pinned if queue.startswith("evt-")}


def test_the_gateway_hears_what_it_tells():
    """The gateway's own queue is bound to what it tells browsers of."""
    assert set(RECEIVERS["gateway.news"]) == {*news.WHOLE, *news.BY_ID, NoticesDue}


def entrypoints(owner: str) -> dict[str, tuple[str, str]]:
    """The commands and queries that a service's source serves: contract → method, answer; nothing is imported."""
    tree = ast.parse(SERVICES[owner].read_text("utf-8"))
    found = {}
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        for mark in function.decorator_list:
            if isinstance(mark, ast.Call) and getattr(mark.func, "id", "") in ("command", "query"):
                contract = ast.unparse(mark.args[0]).rpartition(".")[2]
                found[contract] = (function.name, ast.unparse(function.returns).rpartition(".")[2])  # type: ignore[arg-type]
    return found


@pytest.mark.parametrize("owner", OWNERS)
def test_services_serve_and_answer_what_is_published(owner: str):
    """Each contract is served by the method that the document names, and answered with what it says."""
    served = entrypoints(owner)
    contracts = {name.partition(".")[2]: kind for name, kind in asked().items() if name.startswith(f"{owner}.")}
    contracts = {name: kind for name, kind in contracts.items() if not name.startswith("Imported")}
    assert set(served) == set(contracts)
    for name, (method, answer) in served.items():
        assert f"{owner}.{method}" in document()["operations"]
        kind = answer_of(owner, contracts[name])
        expected = "Any" if kind is Page else getattr(kind, "__name__", str(kind))
        assert answer == expected or (answer.startswith("dict[") and expected == "dict")


def test_every_event_has_one_who_sends():
    """Each event's operation `send` is tagged with its owner."""
    operations = document()["operations"]
    for name, event in events().items():
        assert issubclass(event, Event)
        assert operations[f"{name}.send"]["tags"] == [{"name": name.split(".")[0]}]
