"""Builds the native fan-out with whatever C compiler there is, once for each state of its source.

The result lies beside the source, under a name that says what it was made from: a stale one is never loaded.
"""

from __future__ import annotations

import hashlib
import platform
import shutil
import sys
import tempfile
from pathlib import Path

from cffi import FFI
from cffi import __version__ as cffi_version

FOLDER = Path(__file__).parent
SOURCE, HEADER = FOLDER / "fan.c", FOLDER / "fan.h"
MODULE = "_fan"


def library() -> Path:
    """Where the extension of this source for this Python is, or would be."""
    made_from = hashlib.sha256(SOURCE.read_bytes() + HEADER.read_bytes())
    made_from.update(f"{sys.implementation.cache_tag} {platform.machine()} {cffi_version}".encode())
    return FOLDER / "built" / f"{MODULE}-{made_from.hexdigest()[:16]}.so"


def build() -> Path:
    """The extension, built where it is not there yet.

    Raises whatever a missing compiler, missing headers or a folder that cannot be written to raise.
    """
    wanted = library()
    if not wanted.exists():
        wanted.parent.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory() as directory:
            compiled = Path(_interface().compile(tmpdir=directory))
            arriving = wanted.with_suffix(f".{hash(directory) & 0xFFFF}.part")
            shutil.copyfile(compiled, arriving)
            arriving.rename(wanted)  # whole or not at all, also when two set-ups run at once
        for stale in wanted.parent.glob("*.so"):
            if stale != wanted:
                stale.unlink(missing_ok=True)
    return wanted


def _interface() -> FFI:
    interface = FFI()
    interface.cdef(HEADER.read_text())
    interface.set_source(
        MODULE,
        f'#include <stdint.h>\n#include "{HEADER}"',
        sources=[str(SOURCE)],
        extra_compile_args=["-O2", "-std=gnu11"],
        libraries=["dl"],
    )
    return interface
