"""The picture of one viewer: one of the layers that the publisher sends, and the change between them."""

from __future__ import annotations

from functools import partial

from .forwarding import Source
from .layers import SOUND_ALONE, Ladder
from .outlet import Outlet


class Screening:
    """Which source a viewer's video outlet is fed from.

    Without simulcast there is one layer. A change waits for a key frame of the new layer while the old one plays
    on; the viewer's numbers go on, and its timestamps stay those of the same moment.
    """

    def __init__(self, outlet: Outlet) -> None:
        self._outlet, self._ladder = outlet, Ladder()
        self._layers: dict[str, Source] = {}
        self.source: Source | None = None  # what is shown
        self._next: Source | None = None  # what is waited for

    @property
    def rung(self) -> str:
        """The layer that is shown: its name, "" for the only one, "sound" for none."""
        return self.source.layer if self.source is not None else "sound"

    def offer(self, source: Source) -> None:
        """There is one more layer, or another source for one."""
        if previous := self._layers.get(source.layer):
            self._withdraw(previous)
        self._layers[source.layer] = source
        if self.source is None and self._next is None and self._ladder.rung != SOUND_ALONE:
            self._show(source)

    def clear(self) -> None:
        """Nothing is left to show."""
        self._layers.clear()
        self._hide()

    def choose(self, estimate: int, lost: float) -> None:
        """Once a second: the layer that suits what the viewer reports."""
        alive = self._alive()
        if not alive:
            return
        rung = self._ladder.choose([source.bitrate for source in alive], estimate, lost)
        wanted = alive[rung] if rung != SOUND_ALONE else None
        if wanted is None:
            self._hide()
        elif wanted is not (self._next or self.source):
            self._show(wanted)

    def _withdraw(self, source: Source) -> None:
        """The publisher has begun this layer anew under another SSRC."""
        source.detach(self._outlet)
        if source is self._next:
            self._next = None
        if source is self.source:
            self.source = None

    def _alive(self) -> list[Source]:
        """The layers that flow, the lowest first: a browser stops those for which it has no room."""
        return sorted((s for s in self._layers.values() if s.bitrate), key=lambda source: source.bitrate)

    def _show(self, source: Source) -> None:
        if self._next is not None:
            self._next.detach(self._outlet)
            self._next = None
        if source is self.source:
            return
        if self.source is None:
            self.source = source
            source.attach(self._outlet)
            return
        self._next = source
        source.attach(self._outlet, partial(self._changed, source), replay=False)

    def _changed(self, source: Source) -> None:
        """The new layer's key frame is here."""
        if self.source is not None:
            self.source.detach(self._outlet, keeps_clock=True)
        self.source, self._next = source, None

    def _hide(self) -> None:
        for source in filter(None, (self._next, self.source)):
            source.detach(self._outlet)
        self.source = self._next = None
