"""Docker Compose itself reads the file. It needs the command, not an engine; without it this is skipped."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def compose_command() -> list[str]:
    """`docker compose` or `docker-compose` of version 2, whichever is here; else nothing."""
    for command in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(command[0]):
            found = subprocess.run([*command, "version", "--short"], capture_output=True, text=True)
            if found.returncode == 0 and found.stdout.lstrip("v").startswith(("2.", "3.", "4.", "5.")):
                return command
    return []


COMMAND = compose_command()
pytestmark = pytest.mark.skipif(not COMMAND, reason="Docker Compose is not installed here")


def config(env_file: Path) -> subprocess.CompletedProcess:
    """`docker compose config` with every profile, as JSON."""
    return subprocess.run(
        [*COMMAND, "--env-file", env_file, "--profile", "*", "config", "--format", "json"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": str(env_file.parent)},
    )


@pytest.fixture(scope="module")
def env_file(tmp_path_factory):
    """A .env made by make-env."""
    target = tmp_path_factory.mktemp("stack")
    subprocess.run([ROOT / "deploy/docker/make-env", target], check=True, capture_output=True)
    return target / ".env"


def test_compose_accepts_the_stack(env_file):
    """Interpolated and merged, the file is valid, and every password has arrived where it is used."""
    found = config(env_file)
    assert found.returncode == 0, found.stderr
    services = json.loads(found.stdout)["services"]
    password = services["rabbitmq"]["environment"]["RABBITMQ_DEFAULT_PASS"]
    assert f":{password}@rabbitmq" in services["jobs"]["environment"]["SUBVENUE_AMQP_URL"]


def test_compose_stops_without_secrets(tmp_path):
    """An empty .env is refused with a message that names the command to run."""
    empty = tmp_path / ".env"
    empty.touch()
    found = config(empty)
    assert found.returncode != 0
    assert "run deploy/docker/make-env" in found.stderr
