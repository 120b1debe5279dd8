"""The sequence parameter set of H.264 (ITU-T H.264, 7.3.2.1.1): only what a player must be told."""

from __future__ import annotations

from dataclasses import dataclass

_WITH_CHROMA = {100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135}


@dataclass(frozen=True)
class Picture:
    """`codec` in the words of RFC 6381, such as avc1.42c01f; the size in pixels."""

    codec: str
    width: int
    height: int


def read_sps(unit: bytes) -> Picture:
    """What a sequence parameter set says of its pictures. Raises ValueError when it is cut short."""
    codec = f"avc1.{unit[1:4].hex()}"
    bits = _Bits(unit[4:].replace(b"\0\0\3", b"\0\0"))  # emulation prevention, close enough for a header
    bits.golomb()  # its id
    chroma, separate = 1, 0
    if unit[1] in _WITH_CHROMA:
        chroma = bits.golomb()
        separate = bits.take(1) if chroma == 3 else 0
        bits.golomb(), bits.golomb(), bits.take(1)
        if bits.take(1):
            _skip_scaling_lists(bits, 12 if chroma == 3 else 8)
    bits.golomb()
    order = bits.golomb()
    if order == 0:
        bits.golomb()
    elif order == 1:
        bits.take(1), bits.golomb(), bits.golomb()
        for _ in range(bits.golomb()):
            bits.golomb()
    bits.golomb(), bits.take(1)
    width, height = 16 * (bits.golomb() + 1), 16 * (bits.golomb() + 1)
    frames_only = bits.take(1)
    if not frames_only:
        height *= 2
        bits.take(1)
    bits.take(1)
    if bits.take(1):
        x, y = (1, 1) if chroma == 0 or separate else (2 if chroma < 3 else 1, 2 if chroma == 1 else 1)
        y *= 1 if frames_only else 2
        width -= x * (bits.golomb() + bits.golomb())
        height -= y * (bits.golomb() + bits.golomb())
    return Picture(codec, width, height)


def _skip_scaling_lists(bits: _Bits, count: int) -> None:
    for i in range(count):
        if bits.take(1):
            last = following = 8
            for _ in range(16 if i < 6 else 64):
                if following:
                    code = bits.golomb()
                    following = (last + ((code + 1) // 2 if code % 2 else -(code // 2)) + 256) % 256
                last = following or last


class _Bits:
    """Reads bits from the first on."""

    def __init__(self, data: bytes) -> None:
        self._value, self._left = int.from_bytes(data, "big"), 8 * len(data)

    def take(self, count: int) -> int:
        """The next `count` bits as a number."""
        self._left -= count
        if self._left < 0:
            raise ValueError("the parameter set is cut short")
        return self._value >> self._left & ((1 << count) - 1)

    def golomb(self) -> int:
        """The next number in exponential Golomb code."""
        zeros = 0
        while not self.take(1):
            zeros += 1
            if zeros > 32:
                raise ValueError("no number of a parameter set is so long")
        return (1 << zeros) - 1 + self.take(zeros)
