"""A slow and lossy link to a network namespace of this machine, for benchmarks: real packets, the kernel's TCP.

Two TUN devices, one on either side, and a process that carries packets from one to the other: later, and not all
of them. It does what netem does, where the kernel has no netem. Needs root.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import random
import struct
import subprocess
import sys

NAMESPACE = "subvenue-far"
HERE, THERE = "10.99.7.1", "10.99.7.2"
_TUNSETIFF, _TUN_WITHOUT_HEADER = 0x400454CA, 0x1001


def possible() -> bool:
    """Whether this machine can make such a link."""
    return os.geteuid() == 0 and os.path.exists("/dev/net/tun")


class Link:
    """The link, for the time of a `with`. `round_trip` in seconds, `loss` a fraction of the packets, each way."""

    def __init__(self, round_trip: float, loss: float) -> None:
        self._arguments = [str(round_trip), str(loss)]

    def __enter__(self) -> Link:
        subprocess.run(["ip", "netns", "del", NAMESPACE], capture_output=True)
        _ip("netns", "add", NAMESPACE)
        command = [sys.executable, "-m", __spec__.name, *self._arguments]
        self._carrier = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._carrier.stdout is not None
        if self._carrier.stdout.readline().strip() != "carrying":
            raise OSError("the link was not made")
        return self

    def __exit__(self, *_: object) -> None:
        self._carrier.terminate()
        self._carrier.wait()
        _ip("netns", "del", NAMESPACE)


def carry(round_trip: float, loss: float) -> None:
    """Carries packets between the two sides until it is ended."""
    sides = [_tun("subvenue-a"), _tun("subvenue-b")]
    _ip("link", "set", "subvenue-b", "netns", NAMESPACE)
    _ip("addr", "add", f"{HERE}/24", "dev", "subvenue-a")
    _ip("link", "set", "subvenue-a", "up")
    for words in (f"addr add {THERE}/24 dev subvenue-b", "link set subvenue-b up", "link set lo up"):
        _ip("-n", NAMESPACE, *words.split())
    loop = asyncio.new_event_loop()

    def pass_on(source: int, target: int) -> None:
        packet = os.read(source, 65_536)
        if random.random() >= loss:
            loop.call_later(round_trip / 2, os.write, target, packet)

    for source, target in (sides, sides[::-1]):
        loop.add_reader(source, pass_on, source, target)
    print("carrying", flush=True)
    loop.run_forever()


def _tun(name: str) -> int:
    device = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(device, _TUNSETIFF, struct.pack("16sH22x", name.encode(), _TUN_WITHOUT_HEADER))
    return device


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


if __name__ == "__main__":
    carry(float(sys.argv[1]), float(sys.argv[2]))
