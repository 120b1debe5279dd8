"""A session's stage on this node: one publisher at most, and its viewers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from messaging.contracts.streaming import StageClosed, StageOpened

from .forwarding import Source
from .peers import Peer
from .publisher import Publisher
from .sdp.codecs import Format
from .tap import Tap, Taps
from .viewer import Viewer

Announce = Callable[[StageOpened | StageClosed], None]

PUBLISHER_SILENCE = 5.0  # s without a packet after which a publisher counts as gone
VIEWER_SILENCE = 15.0  # s; a browser reports every second and checks its path every few


class Stage:
    """What one session's publisher sends goes to all its viewers.

    The newest publisher wins: it takes over when it is connected, and the viewers play on without negotiating. A
    stage outlives its publisher for as long as somebody watches.
    """

    def __init__(self, session_id: str, node: str, announce: Announce) -> None:
        self.session_id, self.node = session_id, node
        self.publisher: Publisher | None = None
        self.viewers: set[Viewer] = set()
        self.epoch = 0
        self.live = False
        self.bitrate = 0
        self._announce = announce
        self._taps = Taps()
        self._opened: dict[tuple[str, str], Source] = {}  # by kind and layer, as the taps know them

    @property
    def empty(self) -> bool:
        """Nobody is here."""
        return self.publisher is None and not self.viewers

    @property
    def formats(self) -> dict[str, Format]:
        """What is published now, by kind."""
        return self.publisher.formats if self.publisher is not None else {}

    @property
    def peers(self) -> list[Peer]:
        """The publisher's peer, if there is one, and those of the viewers."""
        publishers = [self.publisher.peer] if self.publisher is not None else []
        return publishers + [viewer.peer for viewer in self.viewers]

    def publish(self, publisher: Publisher) -> Publisher | None:
        """The publisher is connected and takes the stage. Answers the one it replaces, who is to be closed."""
        replaced, self.publisher = self.publisher, publisher
        if replaced is not None:
            self._silence(replaced)
        self.live = False  # until media arrives, with a newer epoch that also ends the older one
        return replaced

    def media_arrived(self, publisher: Publisher, source: Source) -> None:
        """A first packet of `source` is about to be forwarded."""
        if publisher is not self.publisher:
            return  # already replaced
        if not self.live:
            self.live = True
            # Of this moment, not of the connection: a heartbeat without this stage that was written before is
            # then older than the epoch, in whichever order the two are read.
            self.epoch = max(int(time.time() * 1000), self.epoch + 1)
            self._announce(StageOpened(session_id=self.session_id, node=self.node, epoch=self.epoch))
        self._open(source)
        for viewer in self.viewers:
            viewer.watch(source)

    def unpublish(self, publisher: Publisher) -> None:
        """The publisher is gone. One that was replaced before changes nothing."""
        if publisher is not self.publisher:
            return
        self.publisher = None
        self._silence(publisher)
        self.bitrate = 0
        if self.live:
            self.live = False
            self._announce(StageClosed(session_id=self.session_id, node=self.node, epoch=self.epoch))

    def admit(self, viewer: Viewer) -> None:
        """A viewer is connected."""
        self.viewers.add(viewer)
        if self.publisher is not None:
            for source in self.publisher.sources.values():
                viewer.watch(source)

    def dismiss(self, viewer: Viewer) -> None:
        """A viewer is gone."""
        self.viewers.discard(viewer)
        viewer.leave()

    def tap(self, tap: Tap) -> None:
        """Lets `tap` hear what is on stage, from now on."""
        self._taps.add(tap)
        alone = Taps()
        alone.add(tap)
        for source in self._opened.values():
            alone.opened(source)

    def untap(self, tap: Tap) -> None:
        """Lets it hear no more."""
        self._taps.remove(tap)

    def measure(self, seconds: float) -> None:
        """Takes the publisher's bitrates since the last call, `seconds` ago; by them viewers choose a layer."""
        if self.publisher is not None:
            for source in self.publisher.sources.values():
                source.measure(seconds)
            self.bitrate = sum(source.bitrate for source in self.publisher.sources.values())
            for viewer in self.viewers:
                viewer.choose()

    def silent_peers(self, now: float) -> Iterator[Peer]:
        """Peers that have not been heard for too long."""
        publisher = self.publisher
        if publisher is not None:
            last = publisher.last_packet_at or publisher.peer.connected_at
            if now - last > PUBLISHER_SILENCE:
                yield publisher.peer
        for viewer in self.viewers:
            if now - viewer.peer.heard_at > VIEWER_SILENCE:
                yield viewer.peer

    def _silence(self, publisher: Publisher) -> None:
        for source in list(self._opened.values()):
            self._close(source)
        for viewer in self.viewers:
            viewer.leave()

    def _open(self, source: Source) -> None:
        """Lets the taps hear a source; one in whose place it comes has ended."""
        if previous := self._opened.get((source.kind, source.layer)):
            self._close(previous)
        self._opened[source.kind, source.layer] = source
        source.taps = self._taps
        self._taps.opened(source)

    def _close(self, source: Source) -> None:
        del self._opened[source.kind, source.layer]
        source.taps = Taps()
        self._taps.closed(source)
