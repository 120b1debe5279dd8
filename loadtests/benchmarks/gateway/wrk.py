"""The load: wrk, which is written in C and takes a tenth of what it asks of a server in Python.

`apt-get install wrk`. It is a closed loop: so many connections, each asks again when it is answered.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

CONNECTIONS = 64
_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}

#: Asks for one of many at a time, so that no answer helps another.
MANY = """
local ids = {{ {ids} }}
local n = {start}
request = function() n = n + 1; return wrk.format("GET", "{path}" .. ids[n % #ids + 1]) end
"""

#: Every request is somebody new.
REGISTER = """
local n = 0
local headers = {{ ["Content-Type"] = "application/json" }}
request = function()
  n = n + 1
  headers["Idempotency-Key"] = "{run}-" .. n
  local body = '{{"email": "bench-{run}-' .. n .. '@example.org", "name": "An attendee", "country": "AU", ' ..
    '"languages": ["en", "zh"], "time_zone": "Australia/Sydney", "mode": "online", "sectors": ["biomedical"]}}'
  return wrk.format("POST", "{path}", headers, body)
end
"""


@dataclass(frozen=True)
class Seen:
    """What one stretch showed: answers a second, milliseconds, and answers that were no success."""

    rate: float
    p50: float
    p99: float
    failed: int


def installed() -> bool:
    """Whether wrk is here."""
    return shutil.which("wrk") is not None


def stretch(url: str, seconds: float, script: Path | None = None, connections: int = CONNECTIONS) -> Seen:
    """Ask `url` for so long."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s", "--timeout", "10s", "--latency"]
    command += ["-s", str(script)] if script else []
    told = subprocess.run([*command, url], capture_output=True, text=True, check=True).stdout
    rate = float(_found(r"Requests/sec:\s+([\d.]+)", told) or 0)
    failed = int(_found(r"Non-2xx or 3xx responses: (\d+)", told) or 0)
    for kind in ("connect", "read", "write", "timeout"):
        failed += int(_found(rf"Socket errors:.*{kind} (\d+)", told) or 0)
    return Seen(rate, _milliseconds(told, 50), _milliseconds(told, 99), failed)


def _found(pattern: str, text: str) -> str | None:
    match = re.search(pattern, text)
    return match[1] if match else None


def _milliseconds(told: str, percentile: int) -> float:
    match = re.search(rf"{percentile}%\s+([\d.]+)(us|ms|s|m)\b", told)
    return float(match[1]) * _UNITS[match[2]] if match else 0.0
