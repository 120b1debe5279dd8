"""Health check of a container: asks the process in it, over its own loopback, whether it is ready.

Usage: ``python deploy/docker/healthcheck.py http://127.0.0.1:8200/readyz``. Exits 0 when the answer is 200.
The image has Python and no curl, hence these few lines.
"""

import sys
import urllib.request

TIMEOUT_S = 3.0
#: Docker may inject a proxy into every container; a question to one's own loopback must not go through it.
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def is_ready(url: str) -> bool:
    """Whether `url` answers 200 within three seconds; an unreachable process is not ready."""
    try:
        with DIRECT.open(url, timeout=TIMEOUT_S) as answer:
            return bool(answer.status == 200)
    except OSError:  # URLError and HTTPError are OSErrors
        return False


if __name__ == "__main__":
    sys.exit(0 if is_ready(sys.argv[1]) else 1)
