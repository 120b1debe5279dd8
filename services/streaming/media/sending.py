"""Which way out this process uses: the native one where it was built, else pure Python. One for everything.

Who protects a viewer's packets also keeps the roll-over counter of its streams. A viewer who moves from UDP to TCP
must not be protected by somebody else, who would begin to count anew: in GCM that repeats a nonce.
"""

from __future__ import annotations

import logging
from types import ModuleType

from pylibsrtp import Session

from . import native
from .batch import Batch
from .batch import Target as PythonTarget
from .fan import Sending, Target
from .native.sending import NativeSending, NativeTarget

log = logging.getLogger(__name__)

_allowed = True


def choose(native_allowed: bool) -> None:
    """Settles the way for this process, before it has any viewer, and says which it is."""
    global _allowed
    _allowed = native_allowed
    module = _module()
    log.info("forwarding", extra={"fields": {"path": "native" if module else "pure Python"}})


def way_out(descriptor: int) -> Sending:
    """The way out of a UDP socket."""
    module = _module()
    return NativeSending(module, descriptor) if module else Batch(descriptor)


def target(address: tuple[str, int], session: Session, key: bytes | None) -> Target:
    """A viewer that is reached without a UDP socket; it is protected as all others are."""
    module = _module()
    return NativeTarget(module, address, session, key) if module else PythonTarget(address, session)


def _module() -> ModuleType | None:
    return native.load() if _allowed else None
