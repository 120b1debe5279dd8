"""A bad network between a client and a node: forwards UDP both ways, and loses some of the media that comes."""

from __future__ import annotations

import random
import select
import socket
import threading


class LossyLink:
    """Listens on `port`. Of what the node sends as RTP, the part `loss` never arrives; `seed` repeats it."""

    def __init__(self, node: tuple[str, int], loss: float, seed: int = 1) -> None:
        self._random, self._loss = random.Random(seed), loss
        self._near = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._near.bind(("127.0.0.1", 0))
        self._far = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._far.connect(node)
        self.port = self._near.getsockname()[1]
        self.passed = self.lost = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def close(self) -> None:
        """Ends the link."""
        self._stop.set()
        self._thread.join()
        self._near.close()
        self._far.close()

    def _run(self) -> None:
        client = None
        while not self._stop.is_set():
            for ready in select.select([self._near, self._far], [], [], 0.1)[0]:
                if ready is self._near:
                    data, client = self._near.recvfrom(2048)
                    self._far.send(data)
                    continue
                data = self._far.recv(2048)
                is_rtp = 128 <= data[0] < 192 and not 192 <= data[1] <= 223
                if is_rtp and self._random.random() < self._loss:
                    self.lost += 1
                elif client is not None:
                    self.passed += is_rtp
                    self._near.sendto(data, client)
