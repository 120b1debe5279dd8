"""An open event stream, as a page has one: a socket in a greenlet, and the delay of what comes by it."""

from __future__ import annotations

import json
import time
from datetime import datetime
from random import Random
from urllib.parse import urlsplit

import gevent
from gevent import socket
from locust.env import Environment

REQUEST = "GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: text/event-stream\r\n{resume}\r\n"
PATH = "/api/v1/events?topics=sessions"
RECEIVE = 16_384
SILENCE = 60.0  # seconds; the gateway sends a comment more often than that
COME_BACK = (1.0, 5.0)
#: One client in so many reads what comes and times it; the others take the bytes off the wire.
SAMPLE = 20


class Stream:
    """One attendee's stream. `run` is the greenlet; losses and delays go to Locust's statistics."""

    def __init__(self, url: str, environment: Environment, rng: Random) -> None:
        parts = urlsplit(url)
        self._address = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._environment, self._rng = environment, rng
        self._timed = rng.randrange(SAMPLE) == 0
        self._last_id = ""

    def run(self) -> None:
        """Be connected until killed; come back after a loss, from where it was."""
        while True:
            began = time.perf_counter()
            try:
                self._follow(began)
            except (OSError, TimeoutError) as error:
                self._tell("SSE", "stream", began, error)
            gevent.sleep(self._rng.uniform(*COME_BACK))

    def _follow(self, began: float) -> None:
        resume = f"Last-Event-ID: {self._last_id}\r\n" if self._last_id else ""
        with socket.create_connection(self._address, timeout=SILENCE) as connection:
            connection.sendall(REQUEST.format(path=PATH, host=self._address[0], resume=resume).encode())
            head = connection.recv(RECEIVE)
            if b" 200 " not in head.split(b"\r\n", 1)[0]:
                raise OSError(head.split(b"\r\n", 1)[0].decode(errors="replace") or "closed at once")
            self._tell("SSE", "open a stream", began)
            rest = head.partition(b"\r\n\r\n")[2]
            while data := connection.recv(RECEIVE):
                if self._timed:
                    rest = self._read(rest + data)
            raise OSError("the stream was closed")

    def _read(self, data: bytes) -> bytes:
        """Time the messages in whole lines of `data`; answers what is left."""
        *lines, rest = data.split(b"\n")
        now = time.time()
        for line in lines:
            if line.startswith(b"id: "):
                self._last_id = line[4:].strip().decode()
            elif line.startswith(b"data: ["):
                for message in json.loads(line[6:]):
                    happened = datetime.fromisoformat(message["time"]).timestamp()
                    self._fire("SSE", "from event to attendee", 1000 * (now - happened))
        return rest

    def _tell(self, kind: str, name: str, began: float, error: Exception | None = None) -> None:
        self._fire(kind, name, 1000 * (time.perf_counter() - began), error)

    def _fire(self, kind: str, name: str, milliseconds: float, error: Exception | None = None) -> None:
        self._environment.events.request.fire(
            request_type=kind,
            name=name,
            response_time=milliseconds,
            response_length=0,
            exception=error,
            context={},
        )
