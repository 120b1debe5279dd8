"""Liveness is the age of the hub's last tick, told by a native thread: above all while the hub hangs."""

from __future__ import annotations

import sys

import eventlet
import pytest
from eventlet import patcher
from eventlet.green import subprocess

from messaging.on_nameko import health
from messaging.on_nameko.health import Health, serve

#: Asks after a second; prints the status.
PROBE = """
import sys, time, urllib.request, urllib.error
time.sleep(1.5)
try:
    print(urllib.request.urlopen(sys.argv[1], timeout=10).status)
except urllib.error.HTTPError as error:
    print(error.code)
"""


def status(url: str, hang: float) -> str:
    """What a probe hears that asks while the hub hangs for so many seconds."""
    asking = subprocess.Popen([sys.executable, "-c", PROBE, url], stdout=subprocess.PIPE, text=True)
    patcher.original("time").sleep(hang)  # nothing of this process runs on the hub meanwhile
    return str(asking.communicate()[0]).strip()


@pytest.mark.parametrize(("hang", "wanted"), [(0.0, "200"), (6.0, "503")])
def test_a_hub_that_hangs_is_told_by_the_thread(monkeypatch: pytest.MonkeyPatch, hang: float, wanted: str):
    """Live while it ticks; not live while it does not, and the answer comes all the same."""
    monkeypatch.setattr(health, "HUNG_AFTER_SECONDS", 1.0)
    watched = Health(lambda: True)
    ticking = eventlet.spawn(watched.keep_fresh)
    with eventlet.listen(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    serve(watched, "127.0.0.1", port)
    eventlet.sleep(0.5)
    assert status(f"http://127.0.0.1:{port}/livez", hang) == wanted
    ticking.kill()
