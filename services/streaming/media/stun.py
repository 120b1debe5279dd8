"""STUN connectivity checks (RFC 8489, RFC 8445): those that a client sends, and the node's answers to them.

The node is an ICE lite agent: it reads binding requests, answers them, and sends none. So this is all of STUN that
it needs, and a check costs a few microseconds instead of seventy.
"""

from __future__ import annotations

import hmac
import ipaddress
import struct
import zlib
from dataclasses import dataclass

_COOKIE = b"\x21\x12\xa4\x42"
_HEADER = struct.Struct("!HH4s12s")
_ATTRIBUTE = struct.Struct("!HH")
_BINDING_REQUEST, _BINDING_SUCCESS, _BINDING_ERROR = 0x0001, 0x0101, 0x0111
_USERNAME, _MESSAGE_INTEGRITY, _ERROR_CODE, _XOR_MAPPED_ADDRESS = 0x0006, 0x0008, 0x0009, 0x0020
_PRIORITY, _USE_CANDIDATE, _FINGERPRINT, _ICE_CONTROLLED = 0x0024, 0x0025, 0x8028, 0x8029
_UNDERSTOOD = {_USERNAME, _MESSAGE_INTEGRITY, _PRIORITY, _USE_CANDIDATE}
_OPTIONAL = 0x8000  # from here on, an attribute that is not understood does no harm (RFC 8489, 14)
_FINGERPRINT_XOR = 0x5354554E
_SIGNATURE, _SIGNED_MORE, _FINGERPRINT_SIZE = 20, 24, 8  # bytes
_ROLE_CONFLICT = struct.pack("!HBB", 0, 4, 87) + b"Role Conflict\0\0\0"


@dataclass(frozen=True, slots=True)
class Check:
    """A binding request. Nothing in it is true before `is_signed_with` says so.

    `fragment` is the user name fragment of the one who is asked, `nominates` whether the client means to use this
    path, `controlled` whether it believes that the node decides, which it does not.
    """

    transaction: bytes
    fragment: str
    nominates: bool
    controlled: bool
    signed: bytes
    signature: bytes

    def is_signed_with(self, password: str) -> bool:
        """Whether the sender knows `password` (MESSAGE-INTEGRITY)."""
        return hmac.compare_digest(self.signature, _sign(self.signed, password))


def parse_check(data: bytes) -> Check | None:
    """The check in a datagram; None for other messages, and for what is cut, unsigned or not understood."""
    if len(data) < _HEADER.size or len(data) % 4:
        return None
    kind, length, cookie, transaction = _HEADER.unpack_from(data)
    if kind != _BINDING_REQUEST or cookie != _COOKIE or length != len(data) - _HEADER.size:
        return None
    found: dict[int, bytes] = {}
    signed, position = b"", _HEADER.size
    while position < len(data):
        name, size = _ATTRIBUTE.unpack_from(data, position)
        value = data[position + 4 : position + 4 + size]
        if len(value) != size or (name < _OPTIONAL and name not in _UNDERSTOOD):
            return None
        if name == _MESSAGE_INTEGRITY:
            signed = _with_length(data[:position], position - _HEADER.size + _SIGNED_MORE)
            found[name] = value
            break  # what follows is not signed, and so it does not count (RFC 8489, 14.5)
        found.setdefault(name, value)
        position += 4 + size + -size % 4
    if len(found.get(_MESSAGE_INTEGRITY, b"")) != _SIGNATURE:
        return None
    fragment = found.get(_USERNAME, b"").partition(b":")[0]
    return Check(
        transaction=transaction,
        fragment=fragment.decode("ascii", "replace"),
        nominates=_USE_CANDIDATE in found,
        controlled=_ICE_CONTROLLED in found,
        signed=signed,
        signature=found[_MESSAGE_INTEGRITY],
    )


def answer(check: Check, address: tuple[str, int], password: str) -> bytes:
    """The success response: it tells the client its address as seen from here."""
    value = _xor_address(address, check.transaction)
    return _message(_BINDING_SUCCESS, check.transaction, _XOR_MAPPED_ADDRESS, value, password)


def refuse_role(check: Check, password: str) -> bytes:
    """The error 487 for a client that believes to be controlled: it takes the other role and asks again."""
    return _message(_BINDING_ERROR, check.transaction, _ERROR_CODE, _ROLE_CONFLICT, password)


def _message(kind: int, transaction: bytes, name: int, value: bytes, password: str) -> bytes:
    """A message of one attribute, signed, with its fingerprint."""
    body = _ATTRIBUTE.pack(name, len(value)) + value
    message = _HEADER.pack(kind, len(body) + _SIGNED_MORE, _COOKIE, transaction) + body
    message += _ATTRIBUTE.pack(_MESSAGE_INTEGRITY, _SIGNATURE) + _sign(message, password)
    message = _with_length(message, len(message) - _HEADER.size + _FINGERPRINT_SIZE)
    fingerprint = zlib.crc32(message) ^ _FINGERPRINT_XOR
    return message + struct.pack("!HHI", _FINGERPRINT, 4, fingerprint)


def _sign(message: bytes, password: str) -> bytes:
    return hmac.digest(password.encode(), message, "sha1")


def _with_length(message: bytes, length: int) -> bytes:
    return message[:2] + struct.pack("!H", length & 0xFFFF) + message[4:]


def _xor_address(address: tuple[str, int], transaction: bytes) -> bytes:
    host = ipaddress.ip_address(address[0].partition("%")[0])
    mask = (_COOKIE + transaction)[: len(host.packed)]
    port = address[1] ^ int.from_bytes(_COOKIE[:2], "big")
    hidden = bytes(a ^ b for a, b in zip(host.packed, mask, strict=True))
    return struct.pack("!BBH", 0, 1 if host.version == 4 else 2, port) + hidden
