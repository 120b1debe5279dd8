"""Sends encoded media as RTP in real time, over and over: a presenter that needs no camera."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from aiortc.rtp import RtcpSenderInfo, RtcpSrPacket, RtpPacket

from tests.integration.media import encoded_media
from tests.integration.media.rtp_peers import Client

_REPORT = 15  # frames between two sender reports: half a second


class Projector:
    """One publisher's film. `video` and `audio` as `encoded_media` gives them; either may be empty."""

    def __init__(self, client: Client, video: list[list[bytes]], audio: list[bytes]) -> None:
        self.client, self._video, self._audio = client, video, audio
        self._numbers = {"video": 65_500, "audio": 65_500}  # both wrap around soon
        self.frames = self.sounds = 0
        self.report_audio_late = 0.0  # s by which the sender reports say that sound belongs later

    async def run(self, seconds: float = float("inf")) -> None:
        """Sends for so long, in real time."""
        began, first = time.monotonic(), self.frames
        rate = encoded_media.FRAME_RATE
        while (self.frames - first) / rate < seconds:
            await asyncio.sleep(max(0.0, began + (self.frames - first) / rate - time.monotonic()))
            while self._audio and self.sounds * 0.02 <= self.frames / rate:
                await self._sound()
            await self._frame()
            if self.frames % _REPORT == 0:
                await self._report()

    async def _frame(self) -> None:
        units = self._video[self.frames % len(self._video)] if self._video else []
        parts = list(encoded_media.payloads(units)) if units else []
        for i, payload in enumerate(parts):
            await self._send("video", payload, self.frames * 3_000, marker=i == len(parts) - 1)
        self.frames += 1

    async def _sound(self) -> None:
        await self._send("audio", self._audio[self.sounds % len(self._audio)], self.sounds * 960, marker=False)
        self.sounds += 1

    async def _send(self, kind: str, payload: bytes, timestamp: int, marker: bool) -> None:
        self._numbers[kind] = (self._numbers[kind] + 1) & 0xFFFF
        packet = RtpPacket(
            payload_type=self.client.payload_type(kind),
            marker=int(marker),
            sequence_number=self._numbers[kind],
            timestamp=(timestamp + 4_294_900_000) & 0xFFFFFFFF,
            ssrc={"video": 0x1234, "audio": 0x5678}[kind],
            payload=payload,
        )
        await self.client.send(packet)

    async def _report(self) -> None:
        """Both clocks at this moment, by the count of frames."""
        seconds = self.frames / encoded_media.FRAME_RATE
        for ssrc, rate, late in ((0x1234, 90_000, 0.0), (0x5678, 48_000, self.report_audio_late)):
            info: dict[str, Any] = {"packet_count": 1, "octet_count": 1}
            info["ntp_timestamp"] = int((3_900_000_000 + seconds + late) * 2**32)
            info["rtp_timestamp"] = (round(seconds * rate) + 4_294_900_000) & 0xFFFFFFFF
            await self.client.send_rtcp(RtcpSrPacket(ssrc=ssrc, sender_info=RtcpSenderInfo(**info)))
