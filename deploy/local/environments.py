"""Virtual environments made from `requirements/*.lock`, with hashes, by a pinned uv.

Standard library only: this runs before anything is installed. A stamp in each environment tells what it
was made from, so that the second time costs nothing.
"""

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path

from deploy.local import debian
from deploy.local.paths import REQUIREMENTS, TOOLS, python_of

STAMP = "subvenue-stamp"

# What pip is told on this machine, in uv's words: uv does not read pip's configuration.
PIP_TO_UV = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
}
UV_INDEXES = (
    "UV_DEFAULT_INDEX",
    "UV_INDEX",
    "UV_INDEX_URL",
    "UV_EXTRA_INDEX_URL",
    "UV_FIND_LINKS",
    "UV_CONFIG_FILE",
)


def ensure(environment: Path, *locks: str) -> bool:
    """Make `environment` hold exactly the first of `locks`; True when there was something to do.

    Any further lock is a superset that also does: an environment made for the tests serves the demo.
    """
    if _stamp(environment) in {fingerprint(lock) for lock in locks}:
        return False
    lock = locks[0]
    began, program = time.monotonic(), uv()
    settings = uv_settings()
    print(f"Installing {lock}.lock into {environment.name} ...", flush=True)
    (environment / STAMP).unlink(missing_ok=True)
    _run([program, "venv", "--quiet", "--allow-existing", "--python", sys.executable, environment], settings)
    target = ["--python", python_of(environment)]
    options = ["--require-hashes", "--compile-bytecode"]  # once, not by six processes at the same time
    options += [] if sys.stderr.isatty() else ["--quiet"]
    _run([program, "pip", "sync", *options, *target, REQUIREMENTS / f"{lock}.lock"], settings)
    (environment / STAMP).write_text(fingerprint(lock))
    print(f"  done after {time.monotonic() - began:.0f} s", flush=True)
    return True


def fingerprint(lock: str) -> str:
    """What an environment made from `lock` by this Python is stamped with."""
    content = (REQUIREMENTS / f"{lock}.lock").read_bytes()
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    return f"{lock} {python} {hashlib.sha256(content).hexdigest()}"


def uv_settings() -> dict[str, str]:
    """The environment uv runs in: ours, plus pip's indexes where uv has not been given its own."""
    settings = dict(os.environ)
    settings.setdefault("UV_LINK_MODE", "copy")
    if any(name in settings for name in UV_INDEXES):
        return settings
    for option, value in _pip_configuration().items():
        if option in PIP_TO_UV:
            settings.setdefault(PIP_TO_UV[option], value)
    settings.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")  # as pip does; hashes keep it safe
    return settings


def _pip_configuration() -> dict[str, str]:
    listing = subprocess.run(
        [python_of(TOOLS), "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    )
    pairs = (line.partition("=") for line in listing.stdout.splitlines())
    return {name.rpartition(".")[2]: value.strip("'\"") for name, _, value in pairs}


def uv() -> Path:
    """A uv of exactly the locked version, in an environment of its own."""
    program = TOOLS / "bin" / "uv"
    if _stamp(TOOLS) == fingerprint("tools"):
        return program
    print("Getting uv ...", flush=True)
    if not _has_ensurepip():
        debian.install("python3-venv", "Debian's Python cannot make virtual environments without it")
    _run([sys.executable, "-m", "venv", "--clear", TOOLS])
    pip = [python_of(TOOLS), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    _run([*pip, "--require-hashes", "-r", REQUIREMENTS / "tools.lock"])
    (TOOLS / STAMP).write_text(fingerprint("tools"))
    return program


def _has_ensurepip() -> bool:
    """Asked of a new interpreter: this one may have looked before the package was installed."""
    return (
        subprocess.run([sys.executable, "-c", "import ensurepip"], capture_output=True, check=False).returncode
        == 0
    )


def _stamp(environment: Path) -> str:
    try:
        return (environment / STAMP).read_text() if python_of(environment).exists() else ""
    except FileNotFoundError:
        return ""


def _run(command: list, settings: dict[str, str] | None = None) -> None:
    subprocess.run([str(word) for word in command], env=settings, check=True)
