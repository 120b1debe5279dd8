"""The image recipe: pinned, without root, without a registry's name, and with everything the processes need."""

import re
import shutil
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
RECIPE = (ROOT / "deploy/docker/Dockerfile").read_text()
HEALTHCHECK = ROOT / "deploy/docker/healthcheck.py"


def instructions(word: str) -> list[str]:
    """The arguments of every `word` instruction, continued lines joined."""
    joined = re.sub(r"\\\n\s*", "", RECIPE)
    return re.findall(rf"^{word}\s+(.+)$", joined, re.MULTILINE)


def test_stages_start_from_one_pinned_python():
    """Both stages use the same release of Python, a slim one that the project supports."""
    images = {line.split()[0] for line in instructions("FROM")}
    assert len(images) == 1
    assert re.fullmatch(r"python:3\.1[1-3]\.\d+-slim-[a-z]+", images.pop())


def test_dependencies_come_from_the_lock_with_hashes():
    """Each archive must have the hash that was tested, and nothing else is installed."""
    (install,) = [line for line in instructions("RUN") if "pip install" in line]
    assert "--require-hashes" in install
    assert "--no-deps" in install
    assert "run.lock" in install
    lock = (ROOT / "requirements/run.lock").read_text()
    pins = re.findall(r"^[A-Za-z0-9._-]+==\S+(?: ; .+)? \\\n\s+--hash=sha256:", lock, re.MULTILINE)
    assert len(pins) == len(re.findall(r"^[A-Za-z0-9]", lock, re.MULTILINE))


def test_no_registry_is_named():
    """Where packages come from is a setting of the builder, never of the recipe."""
    assert "://" not in RECIPE
    assert "index-url" not in RECIPE


def test_the_process_is_not_root():
    """The last user is a number other than 0, and nothing is owned by it."""
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", instructions("USER")[-1])
    assert "--chown" not in RECIPE


def test_copied_folders_exist_and_are_let_in():
    """Every COPY names something in the repository that .dockerignore lets through."""
    allowed = re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    sources = [line.split()[0] for line in instructions("COPY") if not line.startswith("--from")]
    assert sorted(sources) == sorted(allowed)
    for source in sources:
        assert (ROOT / source).exists()


def copy_tree(target: Path) -> None:
    """What the image's /app would hold: the copied folders, tracked files only."""
    folders = [line.split()[0] for line in instructions("COPY") if not line.startswith(("--from", "requirements"))]
    archive = subprocess.run(
        ["git", "ls-files", "-z", *folders], cwd=ROOT, check=True, capture_output=True, text=True
    )
    for name in filter(None, archive.stdout.split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, target / name)


def test_every_process_finds_its_code_in_the_image(tmp_path):
    """The copied folders are enough to import each command's module, far from the repository."""
    stack = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    modules = [service["command"][2] for service in stack["services"].values() if "build" in service]
    copy_tree(tmp_path)
    program = "\n".join(f"import {module}.__main__ as main; print(main.__file__)" for module in modules)
    found = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env={"PYTHONPATH": ""}, capture_output=True, text=True
    )
    assert found.returncode == 0, found.stderr
    assert all(Path(line).is_relative_to(tmp_path) for line in found.stdout.splitlines())
    assert len(found.stdout.splitlines()) == len(modules)


def test_secrets_stay_out_of_the_image():
    """What make-env writes is neither sent to the builder nor tracked."""
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert {"*", "deploy/docker/secrets", "**/.env"} <= set(ignored)
    assert ignored.index("!deploy") < ignored.index("deploy/docker/secrets")
    assert "secrets/" in (ROOT / "deploy/docker/.gitignore").read_text().splitlines()


class Answering(BaseHTTPRequestHandler):
    """Answers 200 on /readyz and 503 elsewhere."""

    def do_GET(self):
        self.send_response(200 if self.path == "/readyz" else 503)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def process_url():
    """The address of something that answers as a process of ours does."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(("path", "code"), [("/readyz", 0), ("/broken", 1)])
def test_health_check_tells_ready_from_not(process_url, path, code):
    """Exit code 0 for 200, 1 for anything else; a proxy that the engine injects is not used."""
    environment = {"http_proxy": "http://127.0.0.1:9"}
    assert subprocess.run([sys.executable, HEALTHCHECK, process_url + path], env=environment).returncode == code


def test_health_check_fails_where_nobody_answers():
    """A refused connection is not ready, and no traceback fills the engine's log."""
    found = subprocess.run(
        [sys.executable, HEALTHCHECK, "http://127.0.0.1:9/readyz"], capture_output=True, text=True
    )
    assert (found.returncode, found.stderr) == (1, "")
