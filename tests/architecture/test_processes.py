"""eventlet and asyncio never meet in one process.

Each entry module is imported alone, in a fresh Python, and what it loaded is looked at.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
#: Modules from which processes on asyncio are built.
ON_ASYNCIO = ["gateway.app", "services.streaming.media.app", "deploy.seed", "messaging.on_asyncio"]
#: Modules from which processes on eventlet are built. (pymongo loads asyncio too, but runs no loop.)
ON_EVENTLET = [
    "services.registration.service",
    "services.jobs.service",
    "services.search.service",
    "services.streaming.control.service",
]
#: What starts a process, and loads by itself nothing that the other side would mind.
STARTERS = [
    "gateway.__main__",
    "services.streaming.media.__main__",
    "deploy.seed.__main__",
    "services.registration.__main__",
    "services.jobs.__main__",
    "services.search.__main__",
    "services.streaming.control.__main__",
]
EVENTLET_SIDE = {"eventlet", "nameko", "kombu", "pymongo", "mongoengine"}
ASYNCIO_SIDE = {"aiormq", "aiohttp", "aiortc", "aioice", "litestar", "uvicorn", "uvloop"}


def loaded_by(module: str) -> set[str]:
    """The top-level names in `sys.modules` of a fresh Python that has imported `module`."""
    program = f"import json, sys, {module}; print(json.dumps(sorted({{n.split('.')[0] for n in sys.modules}})))"
    found = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert found.returncode == 0, found.stderr
    return set(json.loads(found.stdout.splitlines()[-1]))


@pytest.mark.parametrize("module", ON_ASYNCIO)
def test_an_asyncio_process_never_loads_eventlet(module):
    """Nor nameko and kombu, which stand on it, nor the drivers whose calls would block the loop."""
    assert loaded_by(module) & EVENTLET_SIDE == set()


@pytest.mark.parametrize("module", ON_EVENTLET)
def test_a_nameko_process_never_loads_an_asyncio_library(module):
    """No client and no server that needs a running loop."""
    loaded = loaded_by(module)
    assert loaded & ASYNCIO_SIDE == set()
    assert "nameko" in loaded


@pytest.mark.parametrize("module", STARTERS)
def test_a_starter_does_not_mix_the_sides(module):
    """Whatever `python -m` loads first is of one side at most."""
    loaded = loaded_by(module)
    assert not (loaded & EVENTLET_SIDE and loaded & ASYNCIO_SIDE)


def test_every_process_is_named_here():
    """A new `__main__` of a process must be added to the lists above."""
    folders = [path for top in ("gateway", "services") for path in (ROOT / top).rglob("__main__.py")]
    found = {".".join(path.relative_to(ROOT).with_suffix("").parts) for path in folders}
    assert found | {"deploy.seed.__main__"} == set(STARTERS)
