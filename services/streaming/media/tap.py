"""What else may be done with a stage's packets: packaging, recording, passing on to another node.

A tap hears everything that viewers are fed from, in the order of arrival, before it is rewritten for anybody. It
runs inside the hot path: it must not block, and what it raises is logged and costs the others nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING

from aiortc.rtp import RtcpSenderInfo

from .rtp import Packet

if TYPE_CHECKING:
    from .forwarding import Source

log = logging.getLogger(__name__)


class Tap:
    """A listener on a stage. Override what is of interest.

    A `source` is one stream: `kind` ("audio" or "video"), `layer` (the RID of a simulcast layer, "" otherwise),
    `format` (codec, clock rate, parameters of the offer), `ssrc`. A publisher who is replaced, or a stream whose
    SSRC changes, is a new source. To ask for a key frame: `source.key_frames.want()`.
    """

    def opened(self, source: Source) -> None:
        """A source begins; its first packet follows."""

    def packet(self, source: Source, packet: Packet) -> None:
        """One packet, once. `packet.index` is its sequence number without wrap-around; late ones come late."""

    def reported(self, source: Source, info: RtcpSenderInfo) -> None:
        """The publisher's sender report: which NTP time an RTP timestamp of this source is."""

    def closed(self, source: Source) -> None:
        """The source has ended."""


class Taps:
    """The taps of one stage, told as one. What one of them raises is its own affair."""

    def __init__(self) -> None:
        self._taps: list[Tap] = []

    def __bool__(self) -> bool:
        return bool(self._taps)

    def __iter__(self) -> Iterator[Tap]:
        return iter(list(self._taps))

    def add(self, tap: Tap) -> None:
        """Tells this tap too from now on."""
        self._taps.append(tap)

    def remove(self, tap: Tap) -> None:
        """Tells this tap no more. One that is not here is no error."""
        if tap in self._taps:
            self._taps.remove(tap)

    def opened(self, source: Source) -> None:
        """Tells all."""
        for tap in self:
            with _contained(tap):
                tap.opened(source)

    def packet(self, source: Source, packet: Packet) -> None:
        """Tells all."""
        for tap in self._taps:
            with _contained(tap):
                tap.packet(source, packet)

    def reported(self, source: Source, info: RtcpSenderInfo) -> None:
        """Tells all."""
        for tap in self:
            with _contained(tap):
                tap.reported(source, info)

    def closed(self, source: Source) -> None:
        """Tells all."""
        for tap in self:
            with _contained(tap):
                tap.closed(source)


class _contained:
    """Logs what a tap raises, and goes on."""

    def __init__(self, tap: Tap) -> None:
        self._tap = tap

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> bool:
        if not isinstance(error, Exception):
            return False
        log.error("a tap failed", exc_info=error, extra={"fields": {"tap": type(self._tap).__name__}})
        return True
