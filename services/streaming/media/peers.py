"""Peers: one client's ICE, DTLS and SRTP, and the one place where they are opened, counted and closed.

aiortc's DTLS is used, its media is not: there is no `RTCRtpReceiver`, hence no decoder, and no `RTCRtpSender`,
hence no encoder. What arrives decrypted goes to whoever owns the peer.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import struct
import time
from collections.abc import Callable
from typing import cast

import pylibsrtp
from aiortc import RTCCertificate, RTCDtlsTransport, RTCIceTransport
from aiortc.rtcdtlstransport import SRTP_PROFILES, RTCDtlsFingerprint, RTCDtlsParameters
from aiortc.rtp import AnyRtcpPacket, RtcpPacket

from . import metrics
from .ice import Agent, Agents, Path
from .port import SharedPort
from .rtp import is_rtcp
from .sdp.answer import Transport
from .sdp.offer import Section

log = logging.getLogger(__name__)

CONNECT_DEADLINE = 15.0  # s for ICE and DTLS together
CONSENT = 30.0  # s without proof that the client is there and wants this (RFC 7675, 5.1)
# AES-128 in GCM is the fastest that all browsers have; as DTLS server the node's order decides.
_PROFILES = sorted(SRTP_PROFILES, key=lambda profile: b"AES_128_GCM" not in profile.openssl_profile)


class Peer:
    """A client's transport. The owner sets the callbacks before the peer is started.

    `remote_fragment` and `etag` name the ICE session that is agreed now (RFC 9725, 4.3.1).
    """

    def __init__(
        self, agents: Agents, candidates: list[str], certificate: RTCCertificate, section: Section
    ) -> None:
        self.id, self.etag = secrets.token_urlsafe(24), secrets.token_hex(8)
        self.remote_fragment = section.ice_fragment
        self.on_rtp: Callable[[bytes, float], None] = lambda data, arrival: None
        self.on_rtcp: Callable[[list[AnyRtcpPacket]], None] = lambda packets: None
        self.on_connected: Callable[[], None] = lambda: None
        self.on_closed: Callable[[], None] = lambda: None
        self.ended = asyncio.Event()
        self.task: asyncio.Task[None] | None = None
        self.opened_at = self.connected_at = time.time()
        self.candidates = candidates
        self.agent = Agent(agents)
        self._fingerprints = [RTCDtlsFingerprint(*pair) for pair in section.fingerprints]
        self._dtls = RTCDtlsTransport(cast(RTCIceTransport, self.agent), [certificate])
        self._dtls._srtp_profiles = _PROFILES
        # Passive wherever possible: the client's first flight then needs no further round trip.
        self.setup = "active" if section.setup == "passive" else "passive"
        self._dtls._set_role("client" if self.setup == "active" else "server")

    @property
    def connected(self) -> bool:
        """Whether media can flow."""
        return bool(self._dtls.state == "connected")

    @property
    def heard_at(self) -> float:
        """When the client last proved that it is there (s, as time.time())."""
        return self.agent.heard_at

    @property
    def path(self) -> Path:
        """The way to the client. Raises ConnectionError where there is none."""
        if self.agent.path is None:
            raise ConnectionError("the peer cannot be reached")
        return self.agent.path

    @property
    def sending_session(self) -> pylibsrtp.Session:
        """The SRTP session that protects what is sent."""
        return self._dtls._tx_srtp

    @property
    def sending_key(self) -> bytes | None:
        """Master key and salt of that session where it is in GCM (RFC 5764, 4.2); None with another profile."""
        dtls, ssl = self._dtls, self._dtls._ssl
        assert ssl is not None, "the handshake is not over"
        chosen = ssl.get_selected_srtp_profile()
        profile = next(p for p in _PROFILES if p.openssl_profile == chosen)
        if b"GCM" not in chosen:
            return None
        length = 2 * (profile.key_length + profile.salt_length)
        keys = ssl.export_keying_material(b"EXTRACTOR-dtls_srtp", length)
        return profile.get_key_and_salt(keys, 1 if dtls._role == "server" else 0)

    def describe(self) -> Transport:
        """The node's side of the transport, for the answer."""
        fragment, password = self.agent.local
        fingerprints = self._dtls.getLocalParameters().fingerprints
        return Transport(
            ice_fragment=fragment,
            ice_password=password,
            setup=self.setup,
            fingerprints=[(f.algorithm, f.value) for f in fingerprints if f.algorithm == "sha-256"],
            candidates=self.candidates,
        )

    def restart(self, remote_fragment: str) -> Transport:
        """A new ICE session under the same DTLS; media goes on by the old path until the new one is there."""
        self.agent.restart()
        self.remote_fragment, self.etag = remote_fragment, secrets.token_hex(8)
        return self.describe()

    async def connect(self) -> None:
        """A check, then DTLS, then SRTP. Raises ConnectionError, or TimeoutError after `CONNECT_DEADLINE`."""
        async with asyncio.timeout(CONNECT_DEADLINE):
            await self.agent.reached.wait()
            await self._dtls.start(RTCDtlsParameters(fingerprints=self._fingerprints))
        if self._dtls.state != "connected":
            raise ConnectionError("DTLS failed")
        self.connected_at = time.time()
        self.agent.media_received = self._media_received
        self._dtls.on("statechange", self._state_changed)

    async def close(self) -> None:
        """Says goodbye (DTLS close_notify) and leaves the ports."""
        self._dtls.remove_all_listeners()
        await self._dtls.stop()
        self.agent.close()

    def send_rtcp(self, data: bytes) -> None:
        """Protects and sends one RTCP datagram; without a path it is dropped."""
        path = self.agent.path
        if path is not None and self._dtls.state == "connected":
            path.send(self.sending_session.protect_rtcp(data))

    def _media_received(self, data: bytes, arrival: float) -> None:
        session = self._dtls._rx_srtp
        try:
            if is_rtcp(data):
                packets = RtcpPacket.parse(session.unprotect_rtcp(data))
                self.agent.heard_at = arrival
                self.on_rtcp(packets)
            else:
                plain = session.unprotect(data)
                self.agent.heard_at = arrival
                self.on_rtp(plain, arrival)
        except (pylibsrtp.Error, ValueError, struct.error):
            metrics.DROPPED_MALFORMED.inc()  # forged, replayed, too long, or lying about its length

    def _state_changed(self) -> None:
        if self._dtls.state in ("closed", "failed"):
            self.ended.set()


class Peers:
    """All peers of the node. Each has one task, which closes it whatever happens."""

    def __init__(self, ports: list[SharedPort], agents: Agents) -> None:
        self.ports, self.agents = ports, agents
        # One certificate for the life of the process: a key for every join would cost a millisecond and no more.
        self._certificate = RTCCertificate.generateCertificate()
        self._peers: dict[str, Peer] = {}

    def __len__(self) -> int:
        return len(self._peers)

    def open(self, section: Section) -> Peer:
        """A new peer for the client that made the offer `section` is of. It must be started or closed."""
        candidates = [candidate for port in self.ports for candidate in port.candidates]
        peer = Peer(self.agents, candidates, self._certificate, section)
        self._peers[peer.id] = peer
        return peer

    def start(self, peer: Peer) -> None:
        """Begins to connect; from here on the peer closes itself."""
        peer.task = asyncio.create_task(self._live(peer), name=f"peer {peer.id[:6]}")

    def expire(self, now: float) -> None:
        """Ends the peers whose consent to be sent to has run out (RFC 7675)."""
        for peer in self._peers.values():
            if now - peer.heard_at > CONSENT:
                peer.ended.set()

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
