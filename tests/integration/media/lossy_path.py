"""A bad network between two nodes: a UDP relay that delays packets and loses some, both ways."""

from __future__ import annotations

import asyncio
import random
from typing import Any, Self

Address = tuple[str, int]


class LossyPath:
    """Listens on `outer`, and passes datagrams on to `inner` and back, `delay` s later, all but `loss` of them.

    Needs no privileges, unlike network namespaces, and the same numbers come out with the same seed.
    """

    def __init__(self, outer: Address, inner: Address, delay: float, loss: float, seed: int = 1) -> None:
        self.outer, self.inner, self.delay, self.loss = outer, inner, delay, loss
        self.passed = self.lost = 0
        self._random = random.Random(seed)
        self._loop = asyncio.get_running_loop()
        self._clients: dict[Address, asyncio.DatagramTransport] = {}
        self._spared: set[Address] = set()

    async def __aenter__(self) -> Self:
        self._transport, _ = await self._loop.create_datagram_endpoint(
            lambda: _Passing(self._from_client), local_addr=self.outer
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        self._transport.close()
        for transport in self._clients.values():
            transport.close()

    def spare_those_who_are_here(self) -> None:
        """From now on the path is bad only for clients that come later."""
        self._spared |= set(self._clients)

    def _from_client(self, data: bytes, client: Address) -> None:
        if client not in self._clients:
            self._loop.create_task(self._open(data, client))
        else:
            self._later(self._clients[client], data, None, client)

    async def _open(self, data: bytes, client: Address) -> None:
        transport, _ = await self._loop.create_datagram_endpoint(
            lambda: _Passing(lambda data, _: self._later(self._transport, data, client, client)),
            remote_addr=self.inner,
        )
        if self._clients.setdefault(client, transport) is not transport:
            transport.close()
        self._later(self._clients[client], data, None, client)

    def _later(self, transport: asyncio.DatagramTransport, data: bytes, to: Address | None, of: Address) -> None:
        if of in self._spared:
            transport.sendto(data, to)
            return
        if self._random.random() < self.loss:
            self.lost += 1
            return
        self.passed += 1
        self._loop.call_later(self.delay, lambda: transport.is_closing() or transport.sendto(data, to))


class _Passing(asyncio.DatagramProtocol):
    def __init__(self, received: Any) -> None:
        self._received = received

    def datagram_received(self, data: bytes, sender: Any) -> None:
        self._received(data, sender)
