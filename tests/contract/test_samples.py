"""Golden samples guard both sides of the bus: what was published once must be understood for ever.

A removed, renamed or retyped field, or a new one without a default, makes these red. Then the change needs a new
version beside the old one, not a new sample. A field that is added, with its default, is shown in a second sample.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gateway.push import news
from messaging.contracts import jobs, registration, streaming
from messaging.contracts.errors import NotFound
from messaging.contracts.search import DocumentsIndexed
from messaging.contracts.types import Event, routing_key, source
from messaging.envelope import decode, encode, unwrap, wrap
from services.jobs import handlers as jobs_handlers
from services.registration import handlers as registration_handlers
from services.search.documents import document_of
from services.streaming.control import stages
from tests.contract.message_samples import FOLDER, asked, events, messages, samples

QUEUES = (Path(__file__).resolve().parents[1] / "architecture/queues.txt").read_text("utf-8").split()
EVENT_QUEUES = [queue.removeprefix("evt-") for queue in QUEUES if queue.startswith("evt-")]


@pytest.mark.parametrize("name", messages())
def test_every_message_has_a_sample(name: str):
    """`python -m tests.contract.message_samples` writes the missing ones; look at them before you commit."""
    assert samples(name)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.json")), ids=lambda path: path.stem)
def test_every_sample_has_its_message(path: Path):
    """A message that is gone from the contracts leaves a sample that nobody understands."""
    assert any(path.name.startswith(f"{name}.") for name in messages())


@pytest.mark.parametrize("name", messages())
def test_a_sample_comes_back_as_it_was(name: str):
    """It decodes strictly, and encodes to the same JSON: no field is lost, renamed or of another type."""
    for sample in samples(name):
        message = msgspec.json.decode(msgspec.json.encode(sample), type=messages()[name])
        assert msgspec.json.decode(msgspec.json.encode(message)) == sample


@pytest.mark.parametrize("name", messages())
def test_samples_show_every_field(name: str):
    """What no sample shows, no sample guards."""
    shown = {key for sample in samples(name) for key in sample}
    fields = {field.encode_name for field in msgspec.structs.fields(messages()[name])}
    assert fields <= shown


@pytest.mark.parametrize("name", messages())
def test_a_retyped_field_is_refused(name: str):
    """Each field's value is of its type and no other: an object where none belongs does not decode."""
    for sample in samples(name):
        for field in msgspec.structs.fields(messages()[name]):
            if field.encode_name in sample and field.type is not object:
                broken = {**sample, field.encode_name: [[{"no": "such"}]]}
                with pytest.raises(msgspec.ValidationError):
                    msgspec.convert(broken, messages()[name])


@pytest.mark.parametrize("name", asked())
def test_commands_and_queries_refuse_unknown_fields(name: str):
    """A caller that misspells a field hears of it."""
    for sample in samples(name):
        with pytest.raises(msgspec.ValidationError, match="unknown field `colour`"):
            msgspec.convert({**sample, "colour": "red"}, messages()[name])


@pytest.mark.parametrize("name", events())
def test_events_of_a_newer_producer_are_understood(name: str):
    """An unknown field in an event is ignored: producers go first."""
    for sample in samples(name):
        newer = msgspec.convert({**sample, "colour": "red"}, events()[name])
        assert msgspec.json.decode(msgspec.json.encode(newer)) == sample


def enveloped(event: type[Event], sample: Any) -> Any:
    """A sample as it arrives: through the envelope and its JSON."""
    made = wrap(msgspec.convert(sample, event), aggregate="aggregate-1", seq=3, correlation_id="request-1")
    return decode(encode(made))


class Shelf:
    """A repository that has nothing and keeps what it is given."""

    def __init__(self) -> None:
        self.kept: list[Any] = []

    def get(self, id: str) -> Any:
        raise NotFound("nothing here")

    def find_one(self, criteria: dict[str, Any]) -> None:
        return None

    def add(self, aggregate: Any, events: Any, command: Any) -> Any:
        self.kept.append(aggregate)
        return aggregate

    def add_many(self, news: Any) -> Any:
        self.kept += [new[0] for new in news]
        return len(news), self.kept

    def live(self) -> list[Any]:
        return []

    def put(self, node: Any) -> None:
        self.kept.append(node)

    def remove(self, name: str) -> None:
        self.kept.append(name)


def filed(envelope: Any) -> Any:
    """The application that the jobs service files."""
    taken, shelf = unwrap(envelope, jobs.OpeningTaken), Shelf()
    jobs_handlers.file_from_opening(taken, Shelf(), shelf)  # type: ignore[arg-type]
    return shelf.kept


def released(envelope: Any) -> Any:
    """The vacancy is unknown here, which the handler finds out by asking for it."""
    with pytest.raises(NotFound):
        jobs_handlers.release_opening(unwrap(envelope, jobs.ApplicationWithdrawn), Shelf())  # type: ignore[arg-type]
    return True


def submitted(envelope: Any) -> Any:
    """The projects that the registration service files."""
    events = [unwrap(envelope, registration.AttendeeRegistered)]
    registration_handlers.submit_brought_projects(events, shelf := Shelf())  # type: ignore[arg-type]
    return shelf.kept


def opened(envelope: Any) -> Any:
    """A stage of a session that nobody scheduled."""
    stages.open_stage(unwrap(envelope, streaming.StageOpened), Shelf())  # type: ignore[arg-type]
    return True


def closed(envelope: Any) -> Any:
    """A stage of a session that nobody scheduled."""
    stages.close_stage(unwrap(envelope, streaming.StageClosed), Shelf())  # type: ignore[arg-type]
    return True


def beaten(envelope: Any) -> Any:
    """The node that streaming control keeps or forgets."""
    event = unwrap(envelope, streaming.NodeHeartbeat)
    stages.take_heartbeat(event, 1, 1.0, shelf := Shelf(), Shelf())  # type: ignore[arg-type]
    return shelf.kept


#: What stands behind each queue, and makes something of the event.
CONSUMERS: dict[str, Callable[[Any], Any]] = {
    "search.index": document_of,
    "search.find_for_owners": lambda envelope: unwrap(envelope, DocumentsIndexed).documents,
    "jobs.file_application": filed,
    "jobs.release_opening": released,
    "registration.submit_brought_projects": submitted,
    "streaming.open_stage": opened,
    "streaming.close_stage": closed,
    "streaming.take_heartbeat": beaten,
}


@pytest.mark.parametrize("queue", EVENT_QUEUES)
def test_consumers_understand_what_they_listen_to(queue: str):
    """Behind every event queue of the services is code that makes something of the event's samples."""
    told, consumer = queue.split("--")
    name, event = next(
        (name, event) for name, event in events().items() if f"{source(event)}-{routing_key(event)}" == told
    )
    for sample in samples(name):
        assert CONSUMERS[consumer](enveloped(event, sample))


@pytest.mark.parametrize("event", [*news.WHOLE, *news.BY_ID])
def test_browsers_are_told(event: type[Event]):
    """The gateway makes a message of every event it tells of, with nothing personal in it."""
    name = next(name for name, kind in events().items() if kind is event)
    for sample in samples(name):
        envelope = enveloped(event, sample)
        told = news.message(envelope, unwrap(envelope, event), whole=event in news.WHOLE)
        assert (told["type"], told["id"], told["version"]) == (name, "aggregate-1", 3)
        assert ("data" in told) == (event in news.WHOLE)
        assert "@" not in str(told)
