"""The receiving side of many viewers, in C (`counting.c`), under asyncio."""

from __future__ import annotations

import asyncio
import hashlib
import importlib.util
import struct
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cffi import FFI

_FOLDER = Path(__file__).parent
_ROOM = 1 << 20  # bytes for what goes on to Python in one turn
_PAUSE = 0.01  # s between two looks at the sockets
_TO_CHECK = 8  # RTP packets of each viewer that Python decrypts, to see that they are what they seem


class Counter:
    """Counts the RTP of many sockets. `other` gets the number of the viewer, and every datagram for Python."""

    def __init__(self, most: int, other: Callable[[int, bytes], None]) -> None:
        module = _module()
        self._lib, self._ffi, self._other = module.lib, module.ffi, other
        self._viewers = self._ffi.new("struct viewer[]", most)
        self._out = bytearray(_ROOM)
        self._pinned = self._ffi.from_buffer("uint8_t[]", self._out)
        self.count = 0
        self._drain()

    def add(self, descriptor: int) -> int:
        """Counts what comes in on this socket too; the number of the viewer."""
        number = self.count
        self._viewers[number].descriptor = descriptor
        self._viewers[number].to_check = _TO_CHECK
        self.count += 1
        return number

    def streams(self, number: int) -> list[tuple[int, int]]:
        """SSRC and highest sequence number, extended, of the streams of one viewer."""
        return [(s.ssrc, s.highest) for s in self._viewers[number].streams if s.received]

    def totals(self) -> dict[str, int]:
        """Packets and octets received by all, and packets that are missing in their numbering."""
        packets = octets = missing = silent = 0
        for viewer in self._viewers[0 : self.count]:
            packets, octets = packets + viewer.packets, octets + viewer.octets
            silent += viewer.packets == 0
            for stream in viewer.streams:
                if stream.received:
                    missing += max(0, stream.highest - stream.first + 1 - stream.received)
        return {"packets": packets, "octets": octets, "missing": missing, "silent": silent}

    def _drain(self) -> None:
        asyncio.get_running_loop().call_later(_PAUSE, self._drain)
        used = self._lib.drain(self._viewers, self.count, self._pinned, _ROOM)
        position = 0
        while position < used:
            number, length = struct.unpack_from("=II", self._out, position)
            position += 8
            self._other(number, bytes(self._out[position : position + length]))
            position += length


def _module() -> Any:
    """The compiled extension, kept in the system's directory for temporary files."""
    source, header = (_FOLDER / "counting.c").read_text(), (_FOLDER / "counting.h").read_text()
    name = "_counting_" + hashlib.sha256((source + header).encode()).hexdigest()[:12]
    directory = Path(tempfile.gettempdir()) / "subvenue-benchmarks"
    directory.mkdir(exist_ok=True)
    built = next(directory.glob(f"{name}*.so"), None)
    if built is None:
        interface = FFI()
        interface.cdef(header)
        included = f'#include <stdint.h>\n#include "{_FOLDER}/counting.h"'
        options = ["-O2", "-std=gnu11"]
        sources = [str(_FOLDER / "counting.c")]
        interface.set_source(name, included, sources=sources, extra_compile_args=options)
        built = Path(interface.compile(tmpdir=str(directory)))
    spec = importlib.util.spec_from_file_location(name, built)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
