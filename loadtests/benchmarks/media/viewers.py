"""Many light viewers: real ICE, DTLS and SRTP to join, then packets are counted and reports sent, nothing decoded.

`python -m loadtests.benchmarks.media.viewers KIND URL NUMBER`; totals once a second as lines of JSON, until ended.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import resource
import time

import pylibsrtp
from aiortc.rtp import RtcpReceiverInfo, RtcpRrPacket

from .client import Client
from .counting import Counter
from .signalling import Signalling, signalling

_AT_ONCE = 8  # that join at the same time


class Crowd:
    """The viewers of one process."""

    def __init__(self, way: Signalling, most: int) -> None:
        self._way = way
        self.clients: list[Client] = []
        self.resources: list[str] = []
        self.counter = Counter(most, self._received)
        self.checked = self.forged = 0
        self._tasks: list[asyncio.Task[None]] = []
        self._turn = asyncio.Semaphore(_AT_ONCE)

    async def join(self) -> None:
        """One more viewer; from here on its socket is read by the counter."""
        async with self._turn:
            client = Client("recvonly")
            resource_url = await self._way.watch(client)
            transport = client.protocol.transport
            asyncio.get_running_loop()._remove_reader(transport.get_extra_info("socket").fileno())
            self.clients.append(client)
            self.resources.append(resource_url)
            number = self.counter.add(transport.get_extra_info("socket").fileno())
            self._tasks.append(asyncio.create_task(self._report(number)))

    def _received(self, number: int, data: bytes) -> None:
        """What is not RTP goes the usual way; the first RTP of each viewer is decrypted: it must be real."""
        client = self.clients[number]
        if not (len(data) >= 12 and data[0] >> 6 == 2 and not 192 <= data[1] <= 223):
            client.protocol.datagram_received(
                data, client.protocol.transport.get_extra_info("peername") or _peer(client)
            )
            return
        try:
            client.dtls._rx_srtp.unprotect(data)
            self.checked += 1
        except pylibsrtp.Error:
            self.forged += 1

    async def _report(self, number: int) -> None:
        """A receiver report a second, as browsers send it."""
        client = self.clients[number]
        await asyncio.sleep(random.random())
        while True:
            await asyncio.sleep(0.5 + random.random())
            blocks = [
                RtcpReceiverInfo(
                    ssrc=ssrc, fraction_lost=0, packets_lost=0, highest_sequence=highest & 0xFFFFFFFF,
                    jitter=3, lsr=0, dlsr=0,
                )
                for ssrc, highest in self.counter.streams(number)[:2]
            ]  # fmt: skip
            if blocks:
                await client.dtls._send_rtp(bytes(RtcpRrPacket(ssrc=1, reports=blocks)))


def _peer(client: Client) -> tuple[str, int]:
    (pair,) = client.dtls.transport._connection._nominated.values()
    return pair.remote_addr


async def run(kind: str, url: str, secret: str, number: int) -> None:
    """Joins with all, then tells what has come."""
    way = signalling(kind, url, secret)
    crowd, began = Crowd(way, number), time.time()
    await asyncio.gather(*(crowd.join() for _ in range(number)))
    print(json.dumps({"joined": number, "seconds": round(time.time() - began, 2)}), flush=True)
    while True:
        await asyncio.sleep(1)
        checks = {"checked": crowd.checked, "forged": crowd.forged, "at": time.time(), "cpu": time.process_time()}
        print(json.dumps(crowd.counter.totals() | checks), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind")
    parser.add_argument("url")
    parser.add_argument("number", type=int)
    given = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    asyncio.run(run(given.kind, given.url, os.environ.get("BENCHMARK_SECRET", ""), given.number))
