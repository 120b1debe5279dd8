"""Debian packages the set-up may need, installed by apt with its progress in view.

Standard library only: this runs before anything is installed.
"""

import os
import shutil
import subprocess

RABBITMQ_SCRIPT = "/usr/lib/rabbitmq/bin/rabbitmq-server"


class NotInstalled(Exception):
    """A package is missing and could not be installed; the message says what to type."""


def rabbitmq_server() -> str | None:
    """The script that starts a broker as the present user, or None where RabbitMQ is not installed.

    Debian's command on the PATH switches to the system's rabbitmq user, the script behind it does not.
    """
    if os.access(RABBITMQ_SCRIPT, os.X_OK):
        return RABBITMQ_SCRIPT
    return shutil.which("rabbitmq-server")


def chromium() -> str | None:
    """The browser of the browser tests: SUBVENUE_CHROMIUM, or Debian's."""
    given = os.environ.get("SUBVENUE_CHROMIUM")
    return given or shutil.which("chromium")


def install(package: str, purpose: str) -> None:
    """Install one package without questions, as root or by a password-less sudo.

    Raises NotInstalled, with the command a person can run, when neither is possible or apt fails.
    """
    command = f"sudo apt-get update && sudo apt-get install -y {package}"
    if not shutil.which("apt-get"):
        raise NotInstalled(
            f"{package} is needed: {purpose}. There is no apt-get here; please install it yourself."
        )
    prefix = _as_root()
    if prefix is None:
        raise NotInstalled(f"{package} is needed: {purpose}. Please run, then try again:\n\n    {command}\n")
    print(f"Installing {package}: {purpose}", flush=True)
    apt = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q"]
    subprocess.run([*apt, "update"], check=False)  # an old list may still do
    done = subprocess.run([*apt, "install", "-y", "--no-install-recommends", package], check=False)
    if done.returncode:
        raise NotInstalled(f"apt could not install {package} ({purpose}). To see why, run:\n\n    {command}\n")


def _as_root() -> list[str] | None:
    """What to put before a command so that root runs it; None when we may not."""
    if os.geteuid() == 0:
        return []
    if (
        shutil.which("sudo")
        and subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0
    ):
        return ["sudo", "-n"]
    return None
