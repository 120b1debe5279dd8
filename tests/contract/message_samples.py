"""Committed JSON samples of every message: what is on the wire, for producers and consumers to agree with.

`python -m tests.contract.message_samples` writes the samples that are missing and never touches one that exists:
a sample that a change of the contracts no longer fits is a broken promise, not a stale file.
"""

from __future__ import annotations

import inspect
import json
import typing
from pathlib import Path
from typing import Any

import msgspec
from msgspec import UNSET

from messaging.contracts import jobs, registration, search, streaming
from messaging.contracts.types import Command, Event, Query, type_name

FOLDER = Path(__file__).parent / "samples"
OWNERS = {"registration": registration, "jobs": jobs, "search": search, "streaming": streaming}
#: Values for fields whose constraints no rule of thumb meets.
FITTING = {
    "email": "somebody@example.org",
    "country": "CN",
    "time_zone": "Asia/Shanghai",
    "website": "https://example.org",
    "url": "http://127.0.0.1:8100",
    "peer": "media-1.c2VjcmV0",
    "sector": "robotics",
    "time": "2027-01-05T09:30:00.000Z",
    "languages": ["zh", "en"],
    "roles": ["presenter"],
}


def messages() -> dict[str, type[msgspec.Struct]]:
    """Every struct of the contract modules by the name of its sample: an event's type, or ``<owner>.<Class>``."""
    found: dict[str, type[msgspec.Struct]] = {}
    for owner, module in OWNERS.items():
        for name, kind in inspect.getmembers(module, inspect.isclass):
            if issubclass(kind, msgspec.Struct) and kind.__module__ == module.__name__:
                found[type_name(kind) if issubclass(kind, Event) else f"{owner}.{name}"] = kind
    return found


def events() -> dict[str, type[Event]]:
    """The events among the messages."""
    return {name: kind for name, kind in messages().items() if issubclass(kind, Event)}


def asked() -> dict[str, type[msgspec.Struct]]:
    """The commands and queries among the messages."""
    return {
        name: kind
        for name, kind in messages().items()
        if issubclass(kind, Command | Query) or {"command_id", "actor"} <= set(kind.__struct_fields__)
    }


def samples(name: str) -> list[Any]:
    """The committed samples of one message, as JSON builtins: `<name>.json` and any `<name>.<what>.json`."""
    paths = sorted(path for path in FOLDER.glob(f"{name}*.json") if path.name.startswith(f"{name}."))
    return [json.loads(path.read_text("utf-8")) for path in paths]


def invent(kind: type[msgspec.Struct]) -> dict[str, Any]:
    """A message with every field set, to something else than its default: defaults are left out on the wire."""
    made: dict[str, Any] = {}
    for field in msgspec.structs.fields(kind):
        made[field.encode_name] = FITTING.get(field.name) or _value(field.type, field.name, field.default)
    if issubclass(kind, Event):
        made = {"type": type_name(kind), **made}
    return made


def _value(annotation: Any, name: str, default: Any = None) -> Any:
    """A value of the type, plausible for a field called `name`."""
    if name.endswith("_at"):
        return FITTING["time"]
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return _value(arguments[0], name, default)
    if origin is typing.Literal:
        return next(one for one in arguments if one != default)
    if origin is tuple or origin is list:
        return [_value(arguments[0], name.removesuffix("s"))]
    if origin is dict:
        return {_value(arguments[0], "key"): _value(arguments[1], name)}
    if arguments:  # a union: the richest of its members, so that a Text is bilingual
        members = [one for one in arguments if one not in (type(None), type(UNSET), msgspec.UnsetType)]
        return _value(
            max(members, key=lambda one: inspect.isclass(one) and issubclass(one, msgspec.Struct)), name, default
        )
    if inspect.isclass(annotation) and issubclass(annotation, msgspec.Struct):
        return {"zh": "机器人", "en": "A robot"} if annotation.__name__ == "Bilingual" else invent(annotation)
    plain = {str: f"{name}-1", int: 3, float: 1.5, bool: default is not True, object: "anything"}
    return FITTING.get(name, plain.get(annotation, f"{name}-1"))


def write_missing() -> list[str]:
    """Write a sample for each message that has none; answers their names."""
    FOLDER.mkdir(exist_ok=True)
    missing = [name for name in messages() if not (FOLDER / f"{name}.json").exists()]
    for name in missing:
        message = invent(messages()[name])
        msgspec.convert(message, messages()[name])  # an invention that does not fit stops here
        text = json.dumps(message, ensure_ascii=False, indent=2)
        (FOLDER / f"{name}.json").write_text(text + "\n", "utf-8")
    return missing


if __name__ == "__main__":
    import sys

    sys.stdout.write("\n".join(write_missing()) + "\n")
