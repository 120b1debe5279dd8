"""A connection to another media node, as a viewer of one of its sessions: the client's side of WHEP.

Here the node is the one that offers, so it needs a whole ICE agent; aioice's is used, on sockets of its own.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from collections.abc import Callable

import aiohttp
from aioice import Candidate, Connection
from aiortc import RTCCertificate, RTCDtlsTransport, RTCIceGatherer, RTCIceTransport
from aiortc.rtcdtlstransport import RTCDtlsFingerprint, RTCDtlsParameters
from aiortc.rtcicetransport import RTCIceParameters
from aiortc.rtp import AnyRtcpPacket, RtcpPacket

from . import metrics
from .sdp.answer import Agreed
from .sdp.codecs import known_formats
from .sdp.offer import BadOffer, Offer, parse_offer
from .sdp.pulling import write_pulling_offer

_DEADLINE = 8.0  # s from the offer to the first packet that could come


class NotPulled(Exception):
    """The other node does not give the session, or cannot be reached, which `is_gone` tells."""

    def __init__(self, reason: str, is_gone: bool = False) -> None:
        super().__init__(reason)
        self.is_gone = is_gone


class Upstream:
    """The transport of a session that is pulled: to its publisher, what a client's `Peer` is."""

    def __init__(self, hosts: tuple[str, ...], certificate: RTCCertificate) -> None:
        self.id = secrets.token_hex(8)
        self.on_rtp: Callable[[bytes, float], None] = lambda data, arrival: None
        self.on_rtcp: Callable[[list[AnyRtcpPacket]], None] = lambda packets: None
        self.ended = asyncio.Event()
        self.connected_at = self.heard_at = time.time()
        self.resource = ""  # where the other node is told that we leave
        self._hosts = list(hosts)
        self._connection = Connection(ice_controlling=True)
        gatherer = RTCIceGatherer(iceServers=[])
        gatherer._connection = self._connection
        self._ice = RTCIceTransport(gatherer)
        self._dtls = RTCDtlsTransport(self._ice, [certificate])
        self._dtls._set_role("client")
        for hook, taken in (("_handle_rtp_data", self._rtp_received), ("_handle_rtcp_data", self._rtcp_received)):
            setattr(self._dtls, hook, taken)  # in the place of aiortc's own media

    async def open(self, http: aiohttp.ClientSession, url: str, capability: str) -> list[Agreed]:
        """Connects, and answers what is to come. Raises `NotPulled`."""
        try:
            async with asyncio.timeout(_DEADLINE):
                return await self._open(http, url, {"Authorization": f"Bearer {capability}"})
        except (aiohttp.ClientError, ConnectionError, OSError, TimeoutError, BadOffer, ValueError) as error:
            is_gone = isinstance(error, aiohttp.ClientConnectorError)
            raise NotPulled(str(error) or type(error).__name__, is_gone) from error

    async def close(self) -> None:
        """Says goodbye and gives the sockets back."""
        self._dtls.remove_all_listeners()
        await self._dtls.stop()
        await self._ice.stop()

    def send_rtcp(self, data: bytes) -> None:
        """Protects and sends one RTCP datagram; without a path it is dropped."""
        pair = self._connection._nominated.get(1)
        if pair is not None and self._dtls.state == "connected":
            pair.protocol.transport.sendto(self._dtls._tx_srtp.protect_rtcp(data), pair.remote_addr)

    async def _open(self, http: aiohttp.ClientSession, url: str, headers: dict[str, str]) -> list[Agreed]:
        await self._gather()
        (fingerprint,) = [f for f in self._dtls.getLocalParameters().fingerprints if f.algorithm == "sha-256"]
        mine = self._connection
        offer = write_pulling_offer(mine.local_username, mine.local_password, fingerprint.value)
        async with http.post(url, data=offer, headers=headers | {"Content-Type": "application/sdp"}) as response:
            text = await response.text()
            if response.status != 201:
                raise NotPulled(f"the other node answered {response.status}")
            self.resource = str(response.url.join(response.url.with_path(response.headers["Location"])))
        answer = parse_offer(text)
        await self._connect(answer, text)
        return [_taken(answer, i) for i, section in enumerate(answer.sections) if section.port]

    async def _gather(self) -> None:
        """Sockets on the node's own addresses: aioice leaves loopback out, which the tests of two nodes use."""
        found = await self._connection.get_component_candidates(1, self._hosts)
        self._connection._local_candidates = found
        self._connection._local_candidates_start = self._connection._local_candidates_end = True

    async def _connect(self, answer: Offer, text: str) -> None:
        for line in re.findall(r"^a=candidate:(\S+ 1 udp .*?)\s*$", text, re.MULTILINE | re.IGNORECASE):
            await self._connection.add_remote_candidate(Candidate.from_sdp(line))
        await self._connection.add_remote_candidate(None)
        theirs = next(section for section in answer.sections if section.port)
        await self._ice.start(RTCIceParameters(theirs.ice_fragment, theirs.ice_password, iceLite=True))
        if self._ice.state != "completed":
            raise ConnectionError("ICE failed")
        fingerprints = [RTCDtlsFingerprint(*pair) for pair in theirs.fingerprints]
        await self._dtls.start(RTCDtlsParameters(fingerprints=fingerprints))
        if self._dtls.state != "connected":
            raise ConnectionError("DTLS failed")
        self.connected_at = self.heard_at = time.time()
        for transport in (self._ice, self._dtls):
            transport.on("statechange", self._state_changed)

    async def _rtp_received(self, data: bytes, arrival_time_ms: int) -> None:
        self.heard_at = time.time()
        try:
            self.on_rtp(data, self.heard_at)
        except ValueError:
            metrics.DROPPED_MALFORMED.inc()

    async def _rtcp_received(self, data: bytes) -> None:
        try:
            self.on_rtcp(RtcpPacket.parse(data))
        except ValueError:
            metrics.DROPPED_MALFORMED.inc()

    def _state_changed(self) -> None:
        if self._dtls.state in ("closed", "failed") or self._ice.state in ("closed", "failed"):
            self.ended.set()


def _taken(answer: Offer, i: int) -> Agreed:
    """What comes in a section: the first format of the answer is the publisher's."""
    section = answer.sections[i]
    return Agreed("recvonly", known_formats(section)[:1], section.extensions, layers=section.layers)
