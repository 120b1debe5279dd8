"""A TCP way to the broker that can be cut and mended, as a network is."""

from __future__ import annotations

from typing import Any, Self
from urllib.parse import urlsplit, urlunsplit

import eventlet
from eventlet.greenio import GreenSocket


class FaultyLink:
    """Forwards a free port of 127.0.0.1 to the broker; `url` is the broker's address through it."""

    def __init__(self, broker_url: str) -> None:
        self._broker = urlsplit(broker_url)
        self._open: set[GreenSocket] = set()
        self._whole = True
        self._stalled = False

    def __enter__(self) -> Self:
        self._listener = eventlet.listen(("127.0.0.1", 0))
        self._acceptor = eventlet.spawn(self._accept)
        port = self._listener.getsockname()[1]
        user, _, _ = self._broker.netloc.rpartition("@")
        self.url = urlunsplit(self._broker._replace(netloc=f"{user}@127.0.0.1:{port}"))
        return self

    def __exit__(self, *_: object) -> None:
        self._acceptor.kill()
        self._listener.close()
        self.cut()

    def cut(self) -> None:
        """Break what is open and refuse what comes."""
        self._whole = False
        self.break_all()

    def break_all(self) -> None:
        """Break what is open, and take what comes."""
        for side in list(self._open):
            _end(side)

    def mend(self) -> None:
        """Let connections through again."""
        self._whole = True

    def stall(self) -> None:
        """Let nothing through and say nothing, as a broker under alarm or half a connection does."""
        self._stalled = True

    def flow(self) -> None:
        """Let through what was held up, and what comes."""
        self._stalled = False

    def _accept(self) -> None:
        while True:
            near, _ = self._listener.accept()
            if not self._whole:
                near.close()
                continue
            far = eventlet.connect((self._broker.hostname, self._broker.port))
            self._open |= {near, far}
            eventlet.spawn(self._pump, near, far)
            eventlet.spawn(self._pump, far, near)

    def _pump(self, source: GreenSocket, target: GreenSocket) -> None:
        try:
            while data := source.recv(65536):
                while self._stalled and self._whole:
                    eventlet.sleep(0.02)
                target.sendall(data)
        except OSError:
            pass  # cut
        _end(target)
        self._open.discard(source)
        source.close()  # each side is the source of one pump


def _end(side: Any) -> None:
    try:
        side.shutdown(2)
    except OSError:
        return
