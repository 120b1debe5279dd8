"""The channels, operations and messages of the document. `schema_of` finds a type's schema by its `str`."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import msgspec

from messaging import topology
from messaging.contracts.types import Event, method_name, routing_key, source, type_name, version
from messaging.envelope import Envelope

from .words import RECEIVERS, answer_of


def event_channel(event: type[Event]) -> dict[str, Any]:
    return {
        "address": routing_key(event),
        "summary": _first_sentence(event),
        "messages": {type_name(event): {"$ref": f"#/components/messages/{type_name(event)}"}},
        "bindings": _exchange(topology.events_exchange(event)),
    }


def event_operations(events: list[type[Event]]) -> Iterator[tuple[str, dict[str, Any]]]:
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


def event_message(event: type[Event], schema_of: dict[str, Any]) -> dict[str, Any]:
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


def request_channel(owner: str, kind: type[msgspec.Struct]) -> dict[str, Any]:
    return {
        "address": f"{owner}.{method_name(kind)}",
        "messages": {kind.__name__: {"$ref": f"#/components/messages/{owner}.{kind.__name__}"}},
        "bindings": _exchange(topology.RPC_EXCHANGE),
    }


def replies_channel(asked: list[tuple[str, type[msgspec.Struct]]]) -> dict[str, Any]:
    names = [f"{owner}.{kind.__name__}.reply" for owner, kind in asked]
    return {
        "address": None,
        "description": "The caller's own queue, bound to nameko-rpc under the key that its `reply_to` gives.",
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
        "bindings": _exchange(topology.RPC_EXCHANGE),
    }


def call(owner: str, kind: type[msgspec.Struct]) -> dict[str, Any]:
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


def rpc_messages(
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


def _exchange(name: str) -> dict[str, Any]:
    exchange = {"name": name, "type": "topic", "durable": True, "autoDelete": False, "vhost": "/"}
    return {"amqp": {"is": "routingKey", "exchange": exchange, "bindingVersion": "0.3.0"}}


def _first_sentence(kind: type[Any]) -> str:
    text = inspect.cleandoc(kind.__doc__ or "").replace("\n", " ")
    return text.split(". ")[0].rstrip(".") + "."
