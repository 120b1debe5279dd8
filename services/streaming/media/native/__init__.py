"""The fan-out in C (`fan.c`), for where a compiler was found when the node was set up."""

from __future__ import annotations

import importlib.util
import logging
from functools import cache
from importlib.machinery import ExtensionFileLoader
from types import ModuleType

import pylibsrtp._binding

from .build import MODULE, library

log = logging.getLogger(__name__)


@cache
def load() -> ModuleType | None:
    """The built extension, ready for use; None where there is none, or where it cannot be used here."""
    path = library()
    if not path.exists():
        return None
    try:
        loader = ExtensionFileLoader(MODULE, str(path))
        spec = importlib.util.spec_from_file_location(MODULE, path, loader=loader)
        assert spec is not None
        module = importlib.util.module_from_spec(spec)
        loader.exec_module(module)
    except ImportError as error:
        log.warning("the native fan-out cannot be loaded", extra={"fields": {"reason": str(error)}})
        return None
    srtp = pylibsrtp._binding
    protect = int(srtp.ffi.cast("uintptr_t", srtp.ffi.addressof(srtp.lib, "srtp_protect")))
    for carrier in (srtp.__file__, "libcrypto.so.3", "libcrypto.so.1.1"):  # a wheel carries its own OpenSSL
        if module.lib.fan_open(carrier.encode(), module.ffi.cast("void *", protect)) == 0:
            return module
    log.warning("the native fan-out finds no OpenSSL")
    return None
