"""SDP fragments of trickle ICE and ICE restarts (RFC 8840), as PATCH carries them (RFC 9725, 4.3.1)."""

from __future__ import annotations

from dataclasses import dataclass

from .answer import Transport, candidate_lines
from .credentials import is_ice_password, is_ice_token

LONGEST_FRAGMENT = 64 * 1024  # bytes
_MOST_CANDIDATES = 200
_KNOWN = ("a", "m", "c", "b", "i", "k")


class BadFragment(ValueError):
    """The fragment cannot be read; the message says why."""


@dataclass
class Fragment:
    """What a client tells about its side of ICE. `candidates` is how many; the node has no need of them."""

    ice_fragment: str = ""
    ice_password: str = ""
    candidates: int = 0
    ended: bool = False


def parse_fragment(text: str) -> Fragment:
    """The fragment in a PATCH body. Raises `BadFragment`."""
    found = Fragment()
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        key, separator, value = line.strip().partition("=")
        if not separator or key not in _KNOWN:
            raise BadFragment(f"line {number} is not of the form a=value or m=value")
        if key == "a":
            _attribute(found, number, value)
    if bool(found.ice_fragment) != bool(found.ice_password) and found.ice_password:
        raise BadFragment("a=ice-pwd without a=ice-ufrag")
    if not (found.ice_fragment or found.candidates or found.ended):
        raise BadFragment("neither candidates nor credentials")
    return found


def write_fragment(transport: Transport) -> str:
    """The node's answer to an ICE restart."""
    lines = [
        "a=ice-lite",
        f"a=ice-ufrag:{transport.ice_fragment}",
        f"a=ice-pwd:{transport.ice_password}",
        *candidate_lines(transport.candidates),
    ]
    return "\r\n".join(lines) + "\r\n"


def _attribute(found: Fragment, number: int, attribute: str) -> None:
    name, _, value = attribute.partition(":")
    value = value.strip()
    if name == "ice-ufrag":
        if not is_ice_token(value):
            raise BadFragment(f"line {number}: no usable a=ice-ufrag")
        found.ice_fragment = _same(found.ice_fragment, value, number)
    elif name == "ice-pwd":
        if not is_ice_password(value):
            raise BadFragment(f"line {number}: no usable a=ice-pwd")
        found.ice_password = _same(found.ice_password, value, number)
    elif name == "candidate":
        if len(value.split()) < 8:
            raise BadFragment(f"line {number}: a candidate has at least eight parts")
        found.candidates += 1
        if found.candidates > _MOST_CANDIDATES:
            raise BadFragment(f"more than {_MOST_CANDIDATES} candidates")
    elif name == "end-of-candidates":
        found.ended = True


def _same(known: str, value: str, number: int) -> str:
    """Bundled sections share one transport, so they cannot say different things of it."""
    if known and known != value:
        raise BadFragment(f"line {number}: other ICE credentials than before")
    return value
