"""Is a part ready? One question per kind of address, without the part's own tools. Standard library only."""

import http.client
import socket
import struct
from urllib.parse import urlsplit

PATIENCE = 1.0  # seconds that one question may take

AMQP_HELLO = b"AMQP\x00\x00\x09\x01"  # AMQP 0-9-1, section 4.2.2
AMQP_METHOD_FRAME = 1  # the answer is the method connection.start; a version refusal would start with "A"


def is_ready(address: str) -> bool:
    """Ask the part at `address` (epmd, amqp, mongodb, http) whether it works; False also when nobody is there."""
    url = urlsplit(address)
    host, port = url.hostname or "127.0.0.1", url.port or 0
    try:
        if url.scheme == "http":
            return _answers_get(host, port, url.path)
        with socket.create_connection((host, port), timeout=PATIENCE) as connection:
            return _ASK[url.scheme](connection)
    except (OSError, http.client.HTTPException):
        return False


def _answers_get(host: str, port: int, path: str) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=PATIENCE)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    finally:
        connection.close()


def _greets(connection: socket.socket) -> bool:
    connection.sendall(AMQP_HELLO)
    return connection.recv(1) == bytes([AMQP_METHOD_FRAME])


def _pongs(connection: socket.socket) -> bool:
    """OP_MSG {ping: 1, $db: "admin"}, MongoDB wire protocol."""
    document = b"\x10ping\x00\x01\x00\x00\x00" + b"\x02$db\x00\x06\x00\x00\x00admin\x00" + b"\x00"
    document = struct.pack("<i", len(document) + 4) + document
    body = struct.pack("<i", 0) + b"\x00" + document  # flags, a section of kind 0
    connection.sendall(struct.pack("<iiii", 16 + len(body), 1, 0, 2013) + body)
    return len(connection.recv(16)) == 16


def _names(connection: socket.socket) -> bool:
    """NAMES_REQ of the Erlang distribution protocol; the answer begins with the port, four bytes."""
    connection.sendall(b"\x00\x01n")
    return len(connection.recv(4)) == 4


_ASK = {"amqp": _greets, "mongodb": _pongs, "epmd": _names}
