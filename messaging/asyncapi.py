"""The bus as an AsyncAPI 3.0 document, made from the contracts: `python -m messaging.asyncapi`.

Each event is a channel (an exchange and a routing key) with one who sends and those who receive; each command and
query is a channel of nameko's RPC exchange, whose owner receives a request and replies. The contracts do not say
who listens and what is answered: the two tables here do, and tests compare them with the services.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import msgspec
import yaml

from . import topology
from .contracts import jobs, registration, search, streaming
from .contracts.types import Command, Event, Page, Query, method_name, routing_key, source, type_name, version
from .envelope import Envelope

OWNERS: dict[str, ModuleType] = {
    "registration": registration,
    "jobs": jobs,
    "search": search,
    "streaming": streaming,
}

#: Who listens: the handler of a durable queue, or a process with a queue of its own.
RECEIVERS: dict[str, tuple[type[Event], ...]] = {
    "registration.submit_brought_projects": (registration.AttendeeRegistered,),
    "jobs.file_application": (jobs.OpeningTaken,),
    "jobs.release_opening": (jobs.ApplicationWithdrawn,),
    "search.index": (
        registration.ProjectSubmitted,
        registration.ProjectUpdated,
        jobs.VacancyPosted,
        jobs.VacancyUpdated,
        streaming.SessionScheduled,
        streaming.SessionChanged,
    ),
    "streaming.open_stage": (streaming.StageOpened,),
    "streaming.close_stage": (streaming.StageClosed,),
    "streaming.take_heartbeat": (streaming.NodeHeartbeat,),
    "gateway.news": (
        registration.ProjectSubmitted,
        registration.ProjectUpdated,
        jobs.VacancyPosted,
        jobs.VacancyUpdated,
        streaming.SessionScheduled,
        streaming.SessionChanged,
        search.DocumentsIndexed,
    ),
}

#: What answers a command or query, where the words of its name do not say it.
ANSWERS: dict[type[msgspec.Struct], type] = {
    registration.RegisterAttendee: registration.Registered,
    registration.GetMe: registration.Attendee,
    jobs.Apply: jobs.Application,
    search.Search: search.Results,
    search.CountDocuments: dict[search.DocumentType, int],
    streaming.JoinStage: streaming.StageTicket,
    streaming.LeaveStage: streaming.StageTicket,
}


def document() -> dict[str, Any]:
    """The whole AsyncAPI document."""
    events = [event for module in OWNERS.values() for event in _structs(module) if issubclass(event, Event)]
    asked = [(owner, kind) for owner, module in OWNERS.items() for kind in _structs(module) if _is_asked(kind)]
    answers = [answer_of(owner, kind) for owner, kind in asked]
    types = [Envelope, *events, *(kind for _, kind in asked), *answers]
    schemas, components = msgspec.json.schema_components(
        types, schema_hook=_anything, ref_template="#/components/schemas/{name}"
    )
    schema_of = dict(zip(map(str, types), schemas, strict=True))
    return {
        "asyncapi": "3.0.0",
        "info": _INFO,
        "defaultContentType": "application/json",
        "servers": {"broker": _SERVER},
        "channels": {
            **{type_name(event): _event_channel(event) for event in events},
            **{f"{owner}.{method_name(kind)}": _request_channel(owner, kind) for owner, kind in asked},
            "replies": _replies_channel(asked),
        },
        "operations": {
            **dict(_event_operations(events)),
            **{f"{owner}.{method_name(kind)}": _call(owner, kind) for owner, kind in asked},
        },
        "components": {
            "messages": {
                **{type_name(event): _event_message(event, schema_of) for event in events},
                **dict(_rpc_messages(asked, schema_of)),
            },
            "schemas": {**components, "Error": _ERROR},
        },
    }


def answer_of(owner: str, kind: type[msgspec.Struct]) -> type:
    """What answers a command or query: as `ANSWERS` says, a page of a list, or what the end of its name names."""
    if kind in ANSWERS:
        return ANSWERS[kind]
    if kind.__name__.startswith("List"):
        return Page
    if kind.__name__.startswith("Import"):
        return registration.Imported
    named = [name for name in dir(OWNERS[owner]) if kind.__name__.endswith(name) and name != kind.__name__]
    return getattr(OWNERS[owner], max(named, key=len))


def _structs(module: ModuleType) -> list[type[msgspec.Struct]]:
    """The structs that a contract module itself defines, in the order it defines them."""
    kinds = [kind for kind in vars(module).values() if inspect.isclass(kind) and issubclass(kind, msgspec.Struct)]
    return [kind for kind in kinds if kind.__module__ == module.__name__]


def _is_asked(kind: type[msgspec.Struct]) -> bool:
    return issubclass(kind, Command | Query) or {"command_id", "actor"} <= set(kind.__struct_fields__)


# -- events ---------------------------------------------------------------------------------------


def _event_channel(event: type[Event]) -> dict[str, Any]:
    return {
        "address": routing_key(event),
        "summary": _first_sentence(event),
        "messages": {type_name(event): {"$ref": f"#/components/messages/{type_name(event)}"}},
        "bindings": _exchange(topology.events_exchange(event)),
    }


def _event_operations(events: list[type[Event]]) -> Iterator[tuple[str, dict[str, Any]]]:
    for event in events:
        channel = {"$ref": f"#/channels/{type_name(event)}"}
        yield f"{type_name(event)}.send", {"action": "send", "channel": channel, "tags": [{"name": source(event)}]}
        for receiver, heard in RECEIVERS.items():
            if event in heard:
                tags = [{"name": receiver.split(".")[0]}]
                yield (
                    f"{type_name(event)}.{receiver}",
                    {"action": "receive", "channel": channel, "summary": f"Handled by {receiver}.", "tags": tags},
                )


def _event_message(event: type[Event], schema_of: dict[str, Any]) -> dict[str, Any]:
    inside = {
        "type": {"const": type_name(event)},
        "version": {"const": version(event)},
        "data": schema_of[str(event)],
    }
    return {
        "name": type_name(event),
        "summary": _first_sentence(event),
        "x-must-be-heard": event.must_be_heard,
        "payload": {"allOf": [schema_of[str(Envelope)], {"type": "object", "properties": inside}]},
    }


# -- calls ----------------------------------------------------------------------------------------


def _request_channel(owner: str, kind: type[msgspec.Struct]) -> dict[str, Any]:
    return {
        "address": f"{owner}.{method_name(kind)}",
        "messages": {kind.__name__: {"$ref": f"#/components/messages/{owner}.{kind.__name__}"}},
        "bindings": _exchange(topology.RPC_EXCHANGE),
    }


def _replies_channel(asked: list[tuple[str, type[msgspec.Struct]]]) -> dict[str, Any]:
    names = [f"{owner}.{kind.__name__}.reply" for owner, kind in asked]
    return {
        "address": None,
        "description": "The caller's own queue, bound to nameko-rpc under the key that its `reply_to` gives.",
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
        "bindings": _exchange(topology.RPC_EXCHANGE),
    }


def _call(owner: str, kind: type[msgspec.Struct]) -> dict[str, Any]:
    return {
        "action": "receive",
        "channel": {"$ref": f"#/channels/{owner}.{method_name(kind)}"},
        "summary": _first_sentence(kind),
        "tags": [{"name": owner}],
        "reply": {
            "address": {"location": "$message.header#/reply_to"},
            "channel": {"$ref": "#/channels/replies"},
            "messages": [{"$ref": f"#/channels/replies/messages/{owner}.{kind.__name__}.reply"}],
        },
    }


def _rpc_messages(
    asked: list[tuple[str, type[msgspec.Struct]]], schema_of: dict[str, Any]
) -> Iterator[tuple[str, dict[str, Any]]]:
    for owner, kind in asked:
        name = f"{owner}.{kind.__name__}"
        fields = {"args": {"type": "array", "maxItems": 0}, "kwargs": schema_of[str(kind)]}
        yield name, _rpc_message(name, fields, _first_sentence(kind))
        answer = schema_of[str(answer_of(owner, kind))]
        error = {"oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/Error"}]}
        reply = {"result": {"oneOf": [{"type": "null"}, answer]}, "error": error}
        yield f"{name}.reply", _rpc_message(f"{name}.reply", reply, f"The answer to {kind.__name__}.")


def _rpc_message(name: str, properties: dict[str, Any], summary: str) -> dict[str, Any]:
    return {
        "name": name,
        "summary": summary,
        "correlationId": {"location": "$message.header#/correlation_id"},
        "payload": {"type": "object", "required": list(properties), "properties": properties},
    }


# -- what all share -------------------------------------------------------------------------------

_INFO = {
    "title": "Subvenue's bus",
    "version": "0.1.0",
    "license": {"name": "Apache-2.0"},
    "description": "Commands, queries and events between the gateway, the services and the media nodes. "
    "Made from messaging/contracts; docs/messaging.md tells what is guaranteed.",
}
_SERVER = {
    "host": "127.0.0.1:8672",
    "protocol": "amqp",
    "protocolVersion": "0.9.1",
    "description": "RabbitMQ of a local run.",
}
_ERROR = {
    "title": "Error",
    "description": "An error as nameko sends it: the name of a class of the contracts, its message and field.",
    "type": "object",
    "required": ["exc_type", "exc_args"],
    "properties": {
        "exc_type": {"type": "string"},
        "exc_path": {"type": "string"},
        "exc_args": {"type": "array"},
        "value": {"type": "string"},
    },
}


def _exchange(name: str) -> dict[str, Any]:
    exchange = {"name": name, "type": "topic", "durable": True, "autoDelete": False, "vhost": "/"}
    return {"amqp": {"is": "routingKey", "exchange": exchange, "bindingVersion": "0.3.0"}}


def _anything(_kind: type) -> dict[str, Any]:
    """The schema of `object`."""
    return {"description": "any JSON value"}


def _first_sentence(kind: type[Any]) -> str:
    text = inspect.cleandoc(kind.__doc__ or "").replace("\n", " ")
    return text.split(". ")[0].rstrip(".") + "."


def render() -> str:
    """The document as YAML, in the order it is made."""
    plain = msgspec.json.decode(msgspec.json.encode(document()))  # no shared parts, which YAML would make anchors
    text: str = yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=110)
    return (
        "# Made by `python -m messaging.asyncapi > docs/asyncapi.yaml`. A test compares it with the contracts.\n"
        + text
    )


if __name__ == "__main__":
    sys.stdout.write(render())
