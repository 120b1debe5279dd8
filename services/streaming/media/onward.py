"""Another node as a viewer: it gets everything, each simulcast layer as a stream of its own that has its RID."""

from __future__ import annotations

import secrets

from aiortc.rtp import RTCP_PSFB_FIR, RTCP_PSFB_PLI, RtcpPsfbPacket

from .forwarding import Source
from .outlet import Outlet
from .peers import Peer
from .sdp.answer import Agreed
from .sdp.negotiation import MID, RID
from .sdp.offer import Section
from .viewer import Viewer


class Onward(Viewer):
    """Its outlets and sources are by the names of the sources ("audio", "video", "videoh"), not by kind alone.

    What the answer did not name cannot be passed on: then the peer is ended, and the node pulls anew.
    """

    def __init__(self, peer: Peer, agreed: dict[str, tuple[Section, Agreed]]) -> None:
        super().__init__(peer, agreed)
        self._agreed = agreed
        self._taken: dict[str, Source] = {}

    @property
    def sources(self) -> dict[str, Source]:
        """What is passed on now, by name."""
        return self._taken

    def watch(self, source: Source) -> None:
        """There is one more source, or one in the place of another."""
        if source.layer and source.name not in self.outlets and not self._add_layer(source):
            return
        outlet = self.outlets.get(source.name)
        if outlet is None:
            return
        if previous := self._taken.pop(source.name, None):
            previous.detach(outlet)
        self._taken[source.name] = source
        source.attach(outlet)

    def leave(self) -> None:
        """Takes nothing for now: the publisher or the node has gone."""
        for name, source in self._taken.items():
            source.detach(self.outlets[name])
        self._taken.clear()

    def choose(self) -> None:
        """There is nothing to choose: it gets all layers, and its own viewers choose."""

    def _add_layer(self, source: Source) -> bool:
        """An outlet for a layer. False when the answer did not name it."""
        section, part = self._agreed.get(source.kind, (None, None))
        session = self.peer.sending_session
        if section is None or part is None or session is None or part.stream is None:
            return False
        if source.layer not in part.layers:
            self.peer.ended.set()
            return False
        extensions = {part.extensions[RID]: source.layer.encode()}
        if MID in part.extensions:
            extensions[part.extensions[MID]] = section.mid.encode()
        repaired = None if part.stream.rtx_ssrc is None else _an_ssrc()
        outlet = self.outlets[source.name] = Outlet(_an_ssrc(), repaired, part.formats, extensions)
        path = self.peer.path
        target = path.batch.target(path.address, session, self.peer.sending_key)
        outlet.connect(path.batch, target, self.peer.send_rtcp)
        return True

    def _wishes(self, packet: RtcpPsfbPacket) -> None:
        if packet.fmt in (RTCP_PSFB_PLI, RTCP_PSFB_FIR):
            for name, source in self._taken.items():
                if self.outlets[name].ssrc == packet.media_ssrc:
                    source.key_frames.want()


def _an_ssrc() -> int:
    return secrets.randbelow(0xFFFF_FFFF) + 1
