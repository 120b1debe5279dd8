"""The servers that are compared, each as a process of its own on free ports of the loopback interface."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from .client import address

ROOT = Path(__file__).resolve().parents[3]
_PATIENCE = 20.0  # s until a server listens

KINDS = ("native", "python", "janus", "relay")


@dataclass
class Server:
    """A running server."""

    kind: str
    url: str
    secret: str
    process: subprocess.Popen[bytes]

    @property
    def protocol(self) -> str:
        """How clients reach it."""
        return "janus" if self.kind == "janus" else "whip"

    @property
    def environment(self) -> dict[str, str]:
        """For the processes of its clients."""
        return os.environ | {"BENCHMARK_SECRET": self.secret}

    def cpu(self) -> float:
        """Processor seconds so far, in user space and in the kernel."""
        times = psutil.Process(self.process.pid).cpu_times()
        return times.user + times.system

    def memory(self) -> int:
        """Resident bytes."""
        return psutil.Process(self.process.pid).memory_info().rss


def janus_is_here() -> bool:
    """Whether Debian's Janus is installed."""
    return shutil.which("janus") is not None


@contextlib.contextmanager
def server(kind: str, directory: Path, log: Path | None = None) -> Iterator[Server]:
    """A server of this kind, which has its files in `directory`; ended at the end."""
    port, secret = _free_port(), secrets.token_hex(32)
    command = _janus(directory, port) if kind == "janus" else _ours(kind, port)
    (directory / "secret").write_text(secret)
    environment = os.environ | {
        "SUBVENUE_CAPABILITY_SECRET_FILE": str(directory / "secret"),
        "SUBVENUE_MEDIA_HOST": address(),
        "SUBVENUE_MEDIA_PORT": str(port),
        "SUBVENUE_HLS_AAC": "0",
        "SUBVENUE_MEDIA_NATIVE": "0" if kind == "python" else "1",
        "SUBVENUE_MEDIA_CAPACITY": "10000",
        "PYTHONWARNINGS": "ignore",
    }
    with open(log or directory / f"{kind}.log", "ab") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
    url = f"ws://127.0.0.1:{port}/" if kind == "janus" else f"http://{address()}:{port}"
    try:
        _await("127.0.0.1" if kind == "janus" else address(), port, process)
        yield Server(kind, url, secret, process)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _ours(kind: str, port: int) -> list[str]:
    if kind == "relay":
        return [sys.executable, "-m", "loadtests.benchmarks.media.relay", str(port)]
    return [sys.executable, "-m", "services.streaming.media"]


def _janus(directory: Path, port: int) -> list[str]:
    """Its own configuration: one room of H264 and Opus, the loopback interface, ICE lite, and nothing else."""
    files = {
        "janus.jcfg": """
general: { configs_folder = "%(here)s" debug_level = 2 session_timeout = 600 }
nat: { ice_lite = true ice_enforce_list = "%(address)s" }
plugins: { disable = "libjanus_audiobridge.so,libjanus_duktape.so,libjanus_echotest.so,libjanus_lua.so,\
libjanus_nosip.so,libjanus_recordplay.so,libjanus_sip.so,libjanus_streaming.so,libjanus_textroom.so,\
libjanus_videocall.so,libjanus_voicemail.so" }
transports: { disable = "libjanus_http.so,libjanus_mqtt.so,libjanus_nanomsg.so,libjanus_pfunix.so,\
libjanus_rabbitmq.so" }
""",
        "janus.transport.websockets.jcfg": """
general: { ws = true ws_port = %(port)d ws_ip = "127.0.0.1" wss = false }
""",
        "janus.plugin.videoroom.jcfg": """
room-1234: { description = "benchmark" publishers = 1 bitrate = 0 audiocodec = "opus" videocodec = "h264"
  h264_profile = "42e01f" notify_joining = false }
""",
    }
    for name, text in files.items():
        (directory / name).write_text(text % {"here": directory, "port": port, "address": address()})
    return ["janus", "-F", str(directory), "-C", str(directory / "janus.jcfg")]


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def _await(host: str, port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _PATIENCE
    while True:
        with contextlib.suppress(OSError), socket.create_connection((host, port), 1):
            return
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError("a server did not start; see its log")
        time.sleep(0.05)
