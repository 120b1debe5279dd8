"""A media node as a process of its own, and capabilities for it; for the tests of media and browsers."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import jwt

ROOT = Path(__file__).resolve().parents[3]

# Runs the node with every way to a decoder or an encoder mined: whoever takes one ends the process.
GUARDED = """
import os, runpy
import aiortc.codecs, aiortc.rtcrtpreceiver, aiortc.rtcrtpsender
def mine(*_, **__):
    os.write(2, b"DECODER\\n"); os._exit(66)
aiortc.rtcrtpreceiver.decoder_worker = mine
for module in (aiortc.codecs, aiortc.rtcrtpreceiver):
    module.get_decoder = mine
for module in (aiortc.codecs, aiortc.rtcrtpsender):
    module.get_encoder = mine
aiortc.RTCRtpReceiver.__init__ = mine
aiortc.RTCRtpSender.__init__ = mine
runpy.run_module("services.streaming.media", run_name="__main__")
"""


def free_port() -> int:
    """A TCP port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Node:
    """A running media node: its address, its log, and what to make capabilities with."""

    def __init__(
        self, directory: Path, environment: dict[str, str] | None = None, name: str = "media-test"
    ) -> None:
        secret_file = directory / "capability-secret"
        if not secret_file.exists():  # nodes of one folder know each other
            secret_file.write_text(secrets.token_hex(32))
        self.secret, self.name = secret_file.read_text(), name
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        settings = {
            "SUBVENUE_CAPABILITY_SECRET_FILE": str(secret_file),
            "SUBVENUE_MEDIA_PORT": str(self.port),
            "SUBVENUE_MEDIA_NODE": self.name,
        }
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("SUBVENUE_")}
        self.process = subprocess.Popen(
            [sys.executable, "-c", GUARDED],
            cwd=ROOT,
            env=inherited | settings | (environment or {}),
            stderr=subprocess.PIPE,
            text=True,
        )
        self.log: list[dict[str, Any]] = []
        self.raw: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._await_ready()

    def token(self, session_id: str, role: str, /, **claims: Any) -> str:
        """A capability as streaming control signs it; `claims` overrule."""
        content = {
            "sub": "someone",
            "sid": session_id,
            "role": role,
            "node": self.name,
            "iss": "subvenue-streaming",
            "aud": "subvenue-media",
            "exp": int(time.time()) + 300,
        }
        return jwt.encode(content | claims, self.secret, algorithm="HS256")

    def events(self, name: str, aggregate: str | None = None) -> list[dict[str, Any]]:
        """The events of this type that the node has logged."""
        return [
            line
            for line in list(self.log)
            if line.get("event") == name and aggregate in (None, line.get("aggregate"))
        ]

    def stop(self, patience: float = 10.0) -> int:
        """Ends the node politely; answers its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        self._reader.join(5)
        if self.process.stderr:
            self.process.stderr.close()
        return code

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.raw.append(line)
            if line.startswith("{"):
                self.log.append(json.loads(line))

    def _await_ready(self) -> None:
        deadline = time.monotonic() + 20
        while not any(line.get("message") == "the media node is ready" for line in list(self.log)):
            assert self.process.poll() is None, "".join(self.raw)
            assert time.monotonic() < deadline, "".join(self.raw)
            time.sleep(0.02)
