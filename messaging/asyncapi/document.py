"""The whole document, and its YAML."""

from __future__ import annotations

from typing import Any

import msgspec
import yaml

from messaging.contracts.types import method_name, type_name
from messaging.envelope import Envelope

from . import parts, words

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


def document() -> dict[str, Any]:
    """The whole AsyncAPI document."""
    events, asked = words.events(), words.asked()
    answers = [words.answer_of(owner, kind) for owner, kind in asked]
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
            **{type_name(event): parts.event_channel(event) for event in events},
            **{f"{owner}.{method_name(kind)}": parts.request_channel(owner, kind) for owner, kind in asked},
            "replies": parts.replies_channel(asked),
        },
        "operations": {
            **dict(parts.event_operations(events)),
            **{f"{owner}.{method_name(kind)}": parts.call(owner, kind) for owner, kind in asked},
        },
        "components": {
            "messages": {
                **{type_name(event): parts.event_message(event, schema_of) for event in events},
                **dict(parts.rpc_messages(asked, schema_of)),
            },
            "schemas": {**components, "Error": _ERROR},
        },
    }


def _anything(_kind: type) -> dict[str, Any]:
    """The schema of `object`."""
    return {"description": "any JSON value"}


def render() -> str:
    """The document as YAML, in the order it is made."""
    plain = msgspec.json.decode(msgspec.json.encode(document()))  # no shared parts, which YAML would make anchors
    text: str = yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=110)
    return (
        "# Made by `python -m messaging.asyncapi > docs/asyncapi.yaml`. A test compares it with the contracts.\n"
        + text
    )
