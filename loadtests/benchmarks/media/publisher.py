"""Publishes the stream to a server until ended: `python -m loadtests.benchmarks.media.publisher KIND URL`."""

from __future__ import annotations

import argparse
import asyncio
import os
import time
from typing import Any

from aiortc.rtp import RtcpSenderInfo, RtcpSrPacket, RtpPacket

from .client import Client
from .signalling import Signalling, signalling
from .stream import FRAMES_A_SECOND, stream

_NTP_EPOCH = 2_208_988_800  # s from 1900 to 1970


class Track:
    """One stream of a publisher: its numbers, and reports of its clock."""

    def __init__(self, client: Client, kind: str, clock_rate: int) -> None:
        transceiver = client.transceiver(kind)
        self._client, self._clock_rate = client, clock_rate
        self._payload_type = transceiver._codecs[0].payloadType
        self._ssrc, self._mid = transceiver.sender._ssrc, transceiver.mid
        self._extensions = transceiver._headerExtensions
        self._number = int.from_bytes(os.urandom(2), "big")
        self._start = int.from_bytes(os.urandom(4), "big")
        self._packets = self._octets = 0

    def timestamp(self, media_time: float) -> int:
        """The RTP timestamp of `media_time` (s)."""
        return (self._start + round(media_time * self._clock_rate)) & 0xFFFFFFFF

    async def send(self, payload: bytes, media_time: float, marker: bool) -> None:
        """Sends one packet."""
        packet = RtpPacket(
            payload_type=self._payload_type,
            marker=int(marker),
            sequence_number=self._number,
            timestamp=self.timestamp(media_time),
            ssrc=self._ssrc,
            payload=payload,
        )
        packet.extensions.mid = self._mid
        self._number = (self._number + 1) & 0xFFFF
        self._packets, self._octets = self._packets + 1, self._octets + len(payload)
        dtls = self._client.dtls
        await dtls._send_rtp(packet.serialize(dtls._rtp_header_extensions_map))

    async def report(self, media_time: float, wall: float) -> None:
        """Says which wall clock time (s since 1970) `media_time` is."""
        info = RtcpSenderInfo(
            ntp_timestamp=int((wall + _NTP_EPOCH) * (1 << 32)),
            rtp_timestamp=self.timestamp(media_time),
            packet_count=self._packets,
            octet_count=self._octets & 0xFFFFFFFF,
        )
        await self._client.dtls._send_rtp(bytes(RtcpSrPacket(ssrc=self._ssrc, sender_info=info)))


async def publish(way: Signalling, trickle: bool = False) -> None:
    """Connects and sends without end; with `trickle`, a packet a second instead, so that only joining costs."""
    client = Client("sendonly")
    await way.publish(client)
    _learn_extensions(client)
    video, audio = Track(client, "video", 90_000), Track(client, "audio", 48_000)
    print("publishing", flush=True)
    if trickle:
        while True:
            await audio.send(b"\xfc\xff\xfe", time.time(), False)
            await asyncio.sleep(1)
    await asyncio.gather(_film(video), _record(audio), _tell([video, audio]))


async def run(kind: str, url: str, secret: str, trickle: bool) -> None:
    """Publishes to the server of this kind."""
    await publish(signalling(kind, url, secret), trickle)


async def _film(track: Track) -> None:
    frames, began, i = stream().video, time.time(), 0
    while True:
        await _until(began + i / FRAMES_A_SECOND)
        frame = frames[i % len(frames)]
        for j, payload in enumerate(frame):
            await track.send(payload, began + i / FRAMES_A_SECOND, j == len(frame) - 1)
        i += 1


async def _record(track: Track) -> None:
    packets, began, i = stream().audio, time.time(), 0
    while True:
        await _until(began + i * 0.02)
        await track.send(packets[i % len(packets)], began + i * 0.02, False)
        i += 1


async def _tell(tracks: list[Track]) -> None:
    while True:
        now = time.time()
        for track in tracks:
            await track.report(now, now)
        await asyncio.sleep(1)


async def _until(moment: float) -> None:
    if (pause := moment - time.time()) > 0:
        await asyncio.sleep(pause)


def _learn_extensions(client: Client) -> None:
    from aiortc.rtcrtpparameters import RTCRtpParameters

    for transceiver in client.connection.getTransceivers():
        parameters: Any = RTCRtpParameters(headerExtensions=transceiver._headerExtensions)
        client.dtls._rtp_header_extensions_map.configure(parameters)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind")
    parser.add_argument("url")
    parser.add_argument("--trickle", action="store_true")
    given = parser.parse_args()
    secret = os.environ.get("BENCHMARK_SECRET", "")
    asyncio.run(run(given.kind, given.url, secret, given.trickle))
