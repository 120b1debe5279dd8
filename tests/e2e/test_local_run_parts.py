"""The local run itself: parts come up, heal, agree on their addresses, and leave nothing behind."""

import os
import socket
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from deploy.local import leftovers, trial
from deploy.local.ready import is_ready
from deploy.local.stack import NotReady, Stack

PARTS = f"{trial.BROKER} {trial.DOCUMENTS}"


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    """A broker and a document server, up."""
    with trial.running(tmp_path_factory.mktemp("an odd 100% place"), PARTS) as running:
        yield running


def test_pid_files_hold_the_real_processes(stack):
    """Each `.pid` names the process that serves, not a shell around it."""
    commands = {name: Path(f"/proc/{stack.pid(name)}/comm").read_text().strip() for name in PARTS.split()}
    assert commands["names"] == "epmd"
    assert commands["broker"] == "beam.smp"
    assert commands["documents"].startswith("python")


@pytest.mark.parametrize("name", PARTS.split())
def test_killed_process_comes_back(stack, name):
    """SIGKILL to any part: another takes its place at the same address."""
    killed = stack.kill(name)
    stack.wait_ready(name)
    assert stack.pid(name) not in (None, killed)


def test_broker_takes_our_user_and_no_guest(stack):
    """The generated password opens the broker, RabbitMQ's well-known one does not."""
    assert "authenticated" in _sign_in(stack, stack.env["SUBVENUE_AMQP_URL"])
    port = urlsplit(stack.env["SUBVENUE_AMQP_URL"]).port
    assert "AccessRefused" in _sign_in(stack, f"amqp://guest:guest@127.0.0.1:{port}/")


def _sign_in(stack, url):
    """In a process of its own, as the client library would stay in this one."""
    program = "import sys, kombu; kombu.Connection(sys.argv[1]).connect(); print('authenticated')"
    python = Path(os.sys.executable)
    done = subprocess.run([python, "-c", program, url], capture_output=True, text=True, timeout=20, check=False)
    return done.stdout + done.stderr


def test_nothing_listens_beyond_this_machine(stack):
    """No port of ours is reachable from another machine."""
    listening = _listening_addresses(leftovers.find(stack.run_dir))
    assert listening
    assert {address for address in listening if address not in ("127.0.0.1", "::1")} == set()


def _listening_addresses(pids):
    import psutil

    connections = (connection for pid in pids for connection in psutil.Process(pid).net_connections("tcp"))
    return {connection.laddr.ip for connection in connections if connection.status == psutil.CONN_LISTEN}


def test_secrets_are_for_our_eyes_only(stack):
    """Keys, passwords and the file that repeats them are readable by our user alone."""
    files = [stack.run_dir / "run.env", *(stack.run_dir / "secrets").iterdir()]
    assert len(files) == 5
    assert [file for file in files if file.stat().st_mode & 0o077] == []


def test_second_up_changes_nothing(stack):
    """`up` on a running stack returns at once with the same processes and addresses."""
    pids, settings = {name: stack.pid(name) for name in PARTS.split()}, stack.env
    Stack(stack.run_dir).up({"SUBVENUE_BROKER_PAGE_PORT": "0", "SUBVENUE_PARTS": PARTS})
    assert {name: stack.pid(name) for name in pids} == pids
    assert stack.env == settings


def test_orphans_of_a_killed_supervisor_are_found(tmp_path):
    """When the supervisor itself was killed, `down` still ends what it had started."""
    with trial.running(tmp_path, trial.DOCUMENTS) as stack:
        os.kill(int((tmp_path / "supervisord.pid").read_text()), 9)
        assert stack.pid("documents")
        stack.down()
        assert leftovers.find(tmp_path) == []


def test_down_leaves_no_process_and_up_finds_the_same_addresses(tmp_path):
    """After `down` nothing of ours lives, and nothing answers; `up` again is where it was."""
    with trial.running(tmp_path, trial.DOCUMENTS) as stack:
        before, address = stack.env, stack.address("documents")
        stack.down()
        assert leftovers.find(tmp_path) == []
        assert list(tmp_path.glob("*.pid")) == []
        assert not is_ready(address)
        stack.up({"SUBVENUE_BROKER_PAGE_PORT": "0", "SUBVENUE_PARTS": trial.DOCUMENTS})
        assert stack.env == before


def test_changed_settings_restart_the_run(tmp_path):
    """`up` with other settings than those running does not leave the old ones in force."""
    with trial.running(tmp_path, trial.DOCUMENTS) as stack:
        first = stack.pid("documents")
        stack.up({"SUBVENUE_PARTS": trial.DOCUMENTS, "SUBVENUE_LOG_LEVEL": "DEBUG"})
        assert stack.env["SUBVENUE_LOG_LEVEL"] == "DEBUG"
        assert stack.pid("documents") != first


def test_part_that_cannot_start_is_named_with_its_log(tmp_path):
    """A port that is stolen between choosing and listening: the culprit and the end of its log are told."""
    stack = Stack(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as thief:
        port = thief.getsockname()[1]
        stack._choose = lambda name: iter([port] if name == "SUBVENUE_DOCUMENTS_PORT" else range(21_000, 22_000))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("deploy.local.ports.is_free", lambda port: True)
            try:
                with pytest.raises(NotReady) as told:
                    stack.up({"SUBVENUE_PARTS": trial.DOCUMENTS, "SUBVENUE_START_TIMEOUT": "4"})
            finally:
                stack.down()
    assert told.value.name == "documents"
    assert "address already in use" in told.value.log
