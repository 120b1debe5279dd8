"""Clients of the media node for tests: aiortc's offers and transports, with RTP written and read by hand.

Neither side encodes or decodes, so a test says exactly which bytes go in and sees exactly which come out.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import aioice.ice
from aiortc import RTCBundlePolicy, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.rtcrtpparameters import RTCRtpParameters
from aiortc.rtp import RtcpPacket, RtpPacket

# Only the loopback interface: aioice leaves it out by itself.
aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: ["127.0.0.1"]

# How a frame's first packet begins: a key frame, another frame, and a packet in the middle of either.
FRAMES = {
    "VP8": (b"\x10\x00", b"\x10\x01", b"\x00"),
    "H264": (b"\x7c\x85", b"\x7c\x81", b"\x7c\x05"),  # fragments (FU-A) of an IDR and of another slice
}


def in_event_loop(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Runs an async test in a loop of its own, with a time limit."""

    @functools.wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        asyncio.run(asyncio.wait_for(test(*args, **kwargs), 60))

    return run


async def until(condition: Callable[[], Any], what: str, timeout: float = 10.0) -> Any:
    """Waits until `condition` (plain or async) holds, and says `what` did not happen otherwise."""
    deadline = asyncio.get_running_loop().time() + timeout
    while True:
        result = condition()
        if asyncio.iscoroutine(result):
            result = await result
        if result:
            return result
        assert asyncio.get_running_loop().time() < deadline, f"not within {timeout} s: {what}"
        await asyncio.sleep(0.01)


@dataclass
class Client:
    """One aiortc peer connection whose media is handled by the test."""

    direction: str
    kinds: tuple[str, ...] = ("audio", "video")
    codec: str = "VP8"
    packets: list[RtpPacket] = field(default_factory=list)
    rtcp: list[Any] = field(default_factory=list)
    location: str = ""
    etag: str = ""
    links: list[str] = field(default_factory=list)
    answer: str = ""

    async def offer(self) -> str:
        """Makes the connection and its offer."""
        configuration = RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE)
        self.connection = RTCPeerConnection(configuration)
        for kind in self.kinds:
            transceiver = self.connection.addTransceiver(kind, direction=self.direction)
            transceiver.receiver.receive = self._nothing
            transceiver.sender.send = self._nothing
            if kind == "video":
                prefer(transceiver, self.codec)
        await self.connection.setLocalDescription(await self.connection.createOffer())
        return self.connection.localDescription.sdp

    async def join(self, http: aiohttp.ClientSession, url: str, token: str) -> None:
        """Offers, takes the answer and waits until media can flow."""
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/sdp"}
        async with http.post(url, data=await self.offer(), headers=headers) as response:
            self.answer = await response.text()
            assert response.status == 201, self.answer
            self.location, self.etag = response.headers["Location"], response.headers["ETag"]
            self.links = response.headers.getall("Link", [])
        self.dtls._handle_rtp_data = self._rtp_received
        self.dtls._handle_rtcp_data = self._rtcp_received
        await self.connection.setRemoteDescription(RTCSessionDescription(self.answer, "answer"))
        for transceiver in self.connection.getTransceivers():
            parameters = RTCRtpParameters(headerExtensions=transceiver._headerExtensions)
            self.dtls._rtp_header_extensions_map.configure(parameters)
        await until(lambda: self.dtls.state == "connected", "the client connects")

    @property
    def dtls(self) -> Any:
        """The one transport of the bundle."""
        return self.connection.getTransceivers()[0].receiver.transport

    @property
    def ice_fragment(self) -> str:
        """The client's own user name fragment."""
        return self.dtls.transport._connection.local_username

    @property
    def remote_ice(self) -> tuple[str, str]:
        """The node's user name fragment and password."""
        ice = self.dtls.transport._connection
        return ice.remote_username, ice.remote_password

    @property
    def media_address(self) -> tuple[str, int]:
        """Where the node's UDP port is."""
        return self.dtls.transport._connection._nominated[1].remote_addr

    def payload_type(self, kind: str) -> int:
        """What was agreed for this kind."""
        for transceiver in self.connection.getTransceivers():
            if transceiver.kind == kind:
                return transceiver._codecs[0].payloadType
        raise LookupError(kind)

    async def send(self, packet: RtpPacket) -> None:
        """Sends one RTP packet as it is."""
        await self.dtls._send_rtp(packet.serialize(self.dtls._rtp_header_extensions_map))

    async def send_rtcp(self, packet: Any) -> None:
        """Sends one RTCP packet as it is."""
        await self.dtls._send_rtp(bytes(packet))

    async def close(self) -> None:
        """Leaves with a DTLS goodbye."""
        await self.connection.close()

    async def vanish(self) -> None:
        """Goes without a word: the socket is gone."""
        for protocol in self.dtls.transport._connection._protocols:
            protocol.transport.abort()

    @property
    def video(self) -> list[RtpPacket]:
        """The video packets that arrived."""
        return [p for p in self.packets if p.payload_type == self.payload_type("video")]

    async def _rtp_received(self, data: bytes, arrival_time_ms: int) -> None:
        self.packets.append(RtpPacket.parse(data, self.dtls._rtp_header_extensions_map))

    async def _rtcp_received(self, data: bytes) -> None:
        self.rtcp.extend(RtcpPacket.parse(data))

    async def _nothing(self, parameters: Any) -> None:
        """In the place of aiortc's own media."""


@dataclass
class Camera:
    """Pre-encoded video and audio of a publisher, a packet at a time."""

    client: Client
    number: int = 65_530  # wraps around soon
    timestamp: int = 4_294_960_000
    ssrc: int = 0x1234
    rid: str = ""  # of a simulcast layer; its payloads then differ from the other layers'
    sent: list[bytes] = field(default_factory=list)

    async def frame(self, key: bool = False, packets: int = 3) -> None:
        """Sends one video frame; its payloads are kept in `sent`."""
        self.timestamp = (self.timestamp + 3000) & 0xFFFFFFFF
        key_head, delta_head, middle = FRAMES[self.client.codec]
        for i in range(packets):
            head = middle if i else key_head if key else delta_head
            payload = head + (self.number.to_bytes(2, "big") + self.rid.encode()) * 200
            await self.client.send(self.next(payload, marker=i == packets - 1))

    async def film(self) -> None:
        """Sends ten frames a second until cancelled."""
        while True:
            await self.frame()
            await asyncio.sleep(0.1)

    def next(self, payload: bytes, marker: bool) -> RtpPacket:
        """The next packet in order, with this payload."""
        packet = RtpPacket(
            payload_type=self.client.payload_type("video"),
            marker=int(marker),
            sequence_number=self.number,
            timestamp=self.timestamp,
            ssrc=self.ssrc,
            payload=payload,
        )
        packet.extensions.rtp_stream_id = self.rid or None
        self.number = (self.number + 1) & 0xFFFF
        self.sent.append(payload)
        return packet


def prefer(transceiver: Any, codec: str) -> None:
    """Puts one video codec first and leaves all others out."""
    from aiortc import RTCRtpSender

    capabilities = RTCRtpSender.getCapabilities("video").codecs
    transceiver.setCodecPreferences([c for c in capabilities if c.mimeType in (f"video/{codec}", "video/rtx")])
