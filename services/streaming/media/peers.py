"""Peers: one client's ICE, DTLS and SRTP, and the one place where they are opened, counted and closed.

aiortc's transports are used, its media is not: there is no `RTCRtpReceiver`, hence no decoder, and no
`RTCRtpSender`, hence no encoder. What arrives decrypted goes to whoever owns the peer.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import struct
import time
from collections.abc import Callable

import pylibsrtp
from aiortc import RTCCertificate, RTCDtlsTransport, RTCIceGatherer, RTCIceTransport
from aiortc.rtcdtlstransport import SRTP_PROFILES, RTCDtlsFingerprint, RTCDtlsParameters
from aiortc.rtcicetransport import RTCIceParameters
from aiortc.rtp import AnyRtcpPacket, RtcpPacket

from . import metrics
from .ice import SharedPortConnection
from .port import Lane, SharedPort
from .rtp import is_rtcp
from .sdp.answer import Transport
from .sdp.offer import Section

log = logging.getLogger(__name__)

CONNECT_DEADLINE = 15.0  # s for ICE and DTLS together
# AES-128 in GCM is the fastest that all browsers have; as DTLS server the node's order decides.
_PROFILES = sorted(SRTP_PROFILES, key=lambda profile: b"AES_128_GCM" not in profile.openssl_profile)


class Peer:
    """A client's transport. The owner sets the callbacks before the peer is started."""

    def __init__(self, ports: list[SharedPort], certificate: RTCCertificate, section: Section) -> None:
        self.id, self.etag = secrets.token_urlsafe(24), secrets.token_hex(8)
        self.on_rtp: Callable[[bytes, float], None] = lambda data, arrival: None
        self.on_rtcp: Callable[[list[AnyRtcpPacket]], None] = lambda packets: None
        self.on_connected: Callable[[], None] = lambda: None
        self.on_closed: Callable[[], None] = lambda: None
        self.ended = asyncio.Event()
        self.task: asyncio.Task[None] | None = None
        self.opened_at = self.connected_at = time.time()
        self._remote = section
        self.connection = SharedPortConnection(ports, secrets.token_hex(8), secrets.token_hex(16))
        gatherer = RTCIceGatherer(iceServers=[])  # the default would contact a public STUN server
        gatherer._connection = self.connection
        self._ice = RTCIceTransport(gatherer)
        self._dtls = RTCDtlsTransport(self._ice, [certificate])
        self._dtls._srtp_profiles = _PROFILES
        # Passive wherever possible: the client's first flight then needs no further round trip.
        self.setup = "active" if section.setup == "passive" else "passive"
        self._dtls._set_role("client" if self.setup == "active" else "server")

    @property
    def heard_at(self) -> float:
        """When the client was last heard (s, as time.time())."""
        return max((lane.heard_at for lane in self.connection.lanes), default=self.opened_at)

    @property
    def path(self) -> tuple[Lane, tuple[str, int]]:
        """The lane and address to send to. Raises ConnectionError before ICE is done."""
        pair = self.connection.pair
        if pair is None:
            raise ConnectionError("no candidate pair is nominated")
        return pair

    @property
    def sending_session(self) -> pylibsrtp.Session:
        """The SRTP session that protects what is sent."""
        return self._dtls._tx_srtp

    async def describe(self) -> Transport:
        """Takes a lane on every port, and gives the node's side of the transport for the answer."""
        await self.connection.gather_candidates()
        return Transport(
            ice_fragment=self.connection.local_username,
            ice_password=self.connection.local_password,
            setup=self.setup,
            fingerprints=[
                (f.algorithm, f.value)
                for f in self._dtls.getLocalParameters().fingerprints
                if f.algorithm == "sha-256"
            ],
            candidates=[(c.host, c.port, c.priority) for c in self.connection.local_candidates],
        )

    async def connect(self) -> None:
        """ICE, then DTLS, then SRTP. Raises ConnectionError, or TimeoutError after `CONNECT_DEADLINE`."""
        remote = self._remote
        async with asyncio.timeout(CONNECT_DEADLINE):
            await self._ice.start(RTCIceParameters(remote.ice_fragment, remote.ice_password))
            if self._ice.state != "completed":
                raise ConnectionError("ICE failed")
            fingerprints = [RTCDtlsFingerprint(*pair) for pair in remote.fingerprints]
            await self._dtls.start(RTCDtlsParameters(fingerprints=fingerprints))
        if self._dtls.state != "connected":
            raise ConnectionError("DTLS failed")
        self.connected_at = time.time()
        for lane in self.connection.lanes:
            lane.media_received = self._media_received
        for transport in (self._ice, self._dtls):
            transport.on("statechange", self._state_changed)

    async def close(self) -> None:
        """Says goodbye (DTLS close_notify) and leaves the ports."""
        for transport in (self._ice, self._dtls):
            transport.remove_all_listeners()
        await self._dtls.stop()
        await self._ice.stop()

    def send_rtcp(self, data: bytes) -> None:
        """Protects and sends one RTCP datagram; without a path it is dropped."""
        pair = self.connection.pair
        if pair is not None and self._dtls.state == "connected":
            lane, address = pair
            lane.port.send(self.sending_session.protect_rtcp(data), address)

    def _media_received(self, data: bytes, arrival: float) -> None:
        session = self._dtls._rx_srtp
        try:
            if is_rtcp(data):
                self.on_rtcp(RtcpPacket.parse(session.unprotect_rtcp(data)))
            else:
                self.on_rtp(session.unprotect(data), arrival)
        except (pylibsrtp.Error, ValueError, struct.error):
            metrics.DROPPED_MALFORMED.inc()  # forged, replayed, too long, or lying about its length

    def _state_changed(self) -> None:
        if self._dtls.state in ("closed", "failed") or self._ice.state in ("closed", "failed"):
            self.ended.set()


class Peers:
    """All peers of the node. Each has one task, which closes it whatever happens."""

    def __init__(self, ports: list[SharedPort]) -> None:
        self.ports = ports
        # One certificate for the life of the process: a key for every join would cost a millisecond and no more.
        self._certificate = RTCCertificate.generateCertificate()
        self._peers: dict[str, Peer] = {}

    def __len__(self) -> int:
        return len(self._peers)

    def open(self, section: Section) -> Peer:
        """A new peer for the client that made the offer `section` is of. It must be started or closed."""
        peer = Peer(self.ports, self._certificate, section)
        self._peers[peer.id] = peer
        return peer

    def start(self, peer: Peer) -> None:
        """Begins to connect; from here on the peer closes itself."""
        peer.task = asyncio.create_task(self._live(peer), name=f"peer {peer.id[:6]}")

    async def close(self, peer: Peer) -> None:
        """Ends a peer and returns when nothing of it is left. Closing twice is no error."""
        if peer.task is not None:
            peer.task.cancel()
            await asyncio.wait([peer.task])
        await self._release(peer)  # a task that had not begun yet, or never will, has not done it

    async def close_all(self) -> None:
        """Ends all peers at once."""
        await asyncio.gather(*(self.close(peer) for peer in list(self._peers.values())))

    async def _live(self, peer: Peer) -> None:
        try:
            await peer.connect()
            peer.on_connected()
            await peer.ended.wait()
        except (ConnectionError, TimeoutError) as error:
            log.info("a peer did not connect", extra={"fields": {"reason": str(error) or "deadline"}})
        except Exception:
            log.exception("a peer failed")
        finally:
            await self._release(peer)

    async def _release(self, peer: Peer) -> None:
        if self._peers.pop(peer.id, None) is None:
            return
        try:
            peer.on_closed()
        finally:
            await peer.close()
