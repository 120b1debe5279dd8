"""Python imports this at its start where this folder is on its path: it takes a service's protection away."""

import os
import sys

if any(word.startswith("services.") and not word.endswith("media") for word in sys.orig_argv):
    sys.path.insert(0, os.getcwd())

    import eventlet

    eventlet.monkey_patch()

    from tests.chaos.unprotected import unprotect

    unprotect()
