"""Builds the native fan-out, or says why it cannot; never fails. Run by the set-up, with `python -m`."""

from __future__ import annotations

import contextlib
import io
import os
import sys

from .build import build


def main() -> None:
    """Builds, quietly: a compiler's complaints are of interest only with SUBVENUE_VERBOSE=1."""
    verbose = os.environ.get("SUBVENUE_VERBOSE") == "1"
    try:
        with contextlib.nullcontext() if verbose else _silent():
            build()
    except BaseException as error:  # setuptools also leaves by SystemExit
        reason = str(error).strip().splitlines() or [type(error).__name__]
        sys.stderr.write(f"The media node's native fan-out was not built ({reason[-1]}); pure Python does it.\n")


class _silent(contextlib.ExitStack):
    """Sends the output of this process and its children to nowhere."""

    def __enter__(self) -> _silent:
        for stream in (1, 2):
            kept = os.dup(stream)
            self.callback(os.close, kept)
            self.callback(os.dup2, kept, stream)
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream)
            os.close(nowhere)
        for redirect in (contextlib.redirect_stdout, contextlib.redirect_stderr):
            self.enter_context(redirect(io.StringIO()))
        return self


if __name__ == "__main__":
    main()
