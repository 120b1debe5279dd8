"""One WebRTC client: aiortc's offers, ICE, DTLS and SRTP; its media is written and read by hand."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import aioice.ice
from aiortc import RTCBundlePolicy, RTCConfiguration, RTCPeerConnection, RTCRtpSender, RTCSessionDescription

# One address for servers and clients alike. Not the loopback interface's, which Janus does not take; but between
# two processes of one machine packets go through that interface all the same.
aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: [address()]

_PATIENCE = 60.0  # s: hundreds join at once


def address() -> str:
    """The address of this machine that a packet to the outside would come from."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.254", 9))  # sends nothing
        except OSError:
            return "127.0.0.1"
        return probe.getsockname()[0]


class Client:
    """A peer connection without encoders and decoders. `direction` is sendonly or recvonly."""

    def __init__(self, direction: str) -> None:
        self.direction = direction
        configuration = RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE)
        self.connection = RTCPeerConnection(configuration)

    async def offer(self) -> str:
        """An offer of audio and of H264."""
        for kind in ("audio", "video"):
            transceiver = self.connection.addTransceiver(kind, direction=self.direction)
            if kind == "video":
                transceiver.setCodecPreferences(_h264())
        self._without_media()
        await self.connection.setLocalDescription(await self.connection.createOffer())
        return self.connection.localDescription.sdp

    async def answer(self, offer: str) -> str:
        """The answer to a server that offers."""
        await self.connection.setRemoteDescription(RTCSessionDescription(offer, "offer"))
        self._without_media()
        await self.connection.setLocalDescription(await self.connection.createAnswer())
        return self.connection.localDescription.sdp

    async def accept(self, answer: str) -> None:
        """Takes the answer to our offer."""
        await self.connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))

    async def connected(self) -> None:
        """Returns when DTLS is through."""
        deadline = asyncio.get_running_loop().time() + _PATIENCE
        while self.dtls.state != "connected":
            if asyncio.get_running_loop().time() > deadline or self.dtls.state == "failed":
                raise ConnectionError(f"not connected: {self.dtls.state}, {self.connection.iceConnectionState}")
            await asyncio.sleep(0.02)

    @property
    def dtls(self) -> Any:
        """The one transport of the bundle."""
        return self.connection.getTransceivers()[0].receiver.transport

    @property
    def protocol(self) -> Any:
        """aioice's socket that the chosen pair uses."""
        (pair,) = self.dtls.transport._connection._nominated.values()
        return pair.protocol

    def transceiver(self, kind: str) -> Any:
        """The one of this kind."""
        return next(t for t in self.connection.getTransceivers() if t.kind == kind)

    def _without_media(self) -> None:
        for transceiver in self.connection.getTransceivers():
            transceiver.receiver.receive = _nothing
            transceiver.sender.send = _nothing


async def _nothing(parameters: Any) -> None:
    """In the place of aiortc's own media."""


def _h264() -> list[Any]:
    codecs = RTCRtpSender.getCapabilities("video").codecs
    baseline = [c for c in codecs if c.parameters.get("profile-level-id") == "42e01f"]
    return baseline + [c for c in codecs if c.mimeType == "video/rtx"]
