"""Transport-wide congestion control feedback to the publisher.

Without it a browser's bandwidth estimate stays near its start value (0.7 Mbps in Chromium). The format is
draft-holmer-rmcat-transport-wide-cc-extensions-01, section 3.1.
"""

from __future__ import annotations

import struct

from aiortc.rtp import RTCP_RTPFB, pack_rtcp_packet

from .rtp import unroll

_FORMAT = 15
_TICK = 0.000_25  # s, unit of an arrival delta
_REFERENCE = 0.064  # s, unit of the reference time
_LOST, _SMALL, _LARGE = 0, 1, 2
_LONGEST = 1024  # packets told in one message; a longer gap is told without its beginning


class TransportFeedback:
    """Remembers when the packets of one transport arrived, and tells the sender.

    `record` takes the transport-wide sequence number and the arrival in seconds on any steady clock; `pack` gives
    the RTCP message for all packets since the last one, or None when there were none.
    """

    def __init__(self) -> None:
        self._arrivals: dict[int, float] = {}
        self._highest: int | None = None
        self._told = -1  # last number already reported
        self._messages = 0

    def record(self, sequence_number: int, arrival: float) -> None:
        """One packet arrived."""
        reference = self._highest if self._highest is not None else sequence_number + 0x10000
        number = unroll(sequence_number, reference)
        self._highest = max(reference, number)
        if number > self._told:  # an earlier one was already told as lost; that stands
            self._arrivals[number] = arrival

    def pack(self, sender_ssrc: int, media_ssrc: int) -> bytes | None:
        """The feedback message since the last call, as RTCP ready to protect."""
        if not self._arrivals:
            return None
        arrivals, self._arrivals = self._arrivals, {}
        last = max(arrivals)
        # Numbers between the last report and this one that never came are part of the report: they are the loss.
        first = self._told + 1 if self._told >= 0 else min(arrivals)
        first = max(first, last - _LONGEST + 1)
        self._told = last
        arrivals = {number: at for number, at in arrivals.items() if number >= first}
        body = pack_feedback(first, last, arrivals, self._messages & 0xFF)
        self._messages += 1
        return pack_rtcp_packet(RTCP_RTPFB, _FORMAT, struct.pack("!LL", sender_ssrc, media_ssrc) + body)


def pack_feedback(first: int, last: int, arrivals: dict[int, float], count: int) -> bytes:
    """The message body: base, count, reference time, status chunks, deltas, padded to whole words."""
    reference = int(min(arrivals.values()) / _REFERENCE)
    clock = reference * _REFERENCE
    symbols, deltas = [], bytearray()
    for number in range(first, last + 1):
        arrival = arrivals.get(number)
        if arrival is None:
            symbols.append(_LOST)
            continue
        delta = round((arrival - clock) / _TICK)
        if 0 <= delta <= 0xFF:
            symbols.append(_SMALL)
            deltas.append(delta)
        else:
            delta = max(-0x8000, min(0x7FFF, delta))
            symbols.append(_LARGE)
            deltas += struct.pack("!h", delta)
        clock += delta * _TICK  # not the arrival: rounding must not add up
    head = struct.pack("!HHL", first & 0xFFFF, len(symbols), (reference & 0xFFFFFF) << 8 | count)
    body = head + _status_chunks(symbols) + deltas
    return body + bytes(-len(body) % 4)


def _status_chunks(symbols: list[int]) -> bytes:
    """Status vector chunks of seven two-bit symbols each."""
    chunks = bytearray()
    for start in range(0, len(symbols), 7):
        word = 0xC000
        for place, symbol in enumerate(symbols[start : start + 7]):
            word |= symbol << (12 - 2 * place)
        chunks += struct.pack("!H", word)
    return bytes(chunks)
