"""Debian packages: installed when we may, asked for clearly when we may not."""

import subprocess

import pytest

from deploy.local import debian


class Machine:
    """A machine on which nothing is really run: programs that exist, the user, and how sudo and apt end."""

    def __init__(self, monkeypatch, programs=(), user=1000, failing=()):
        self.ran = []
        self.failing = failing
        monkeypatch.setattr(debian.shutil, "which", lambda name: f"/usr/bin/{name}" if name in programs else None)
        monkeypatch.setattr(debian.os, "geteuid", lambda: user)
        monkeypatch.setattr(debian.subprocess, "run", self.run)

    def run(self, command, **_):
        """What subprocess.run would be asked."""
        self.ran.append(" ".join(command))
        failed = any(word in command for word in self.failing)
        return subprocess.CompletedProcess(command, 1 if failed else 0)


def test_root_installs_without_questions(monkeypatch):
    """As root apt is run at once, and never stops to ask."""
    machine = Machine(monkeypatch, ["apt-get"], user=0)
    debian.install("rabbitmq-server", "the broker")
    assert machine.ran[-1].startswith("env DEBIAN_FRONTEND=noninteractive apt-get")
    assert machine.ran[-1].endswith("install -y --no-install-recommends rabbitmq-server")


def test_sudo_without_password_is_used(monkeypatch):
    """A normal user whose sudo asks nothing has it done."""
    machine = Machine(monkeypatch, ["apt-get", "sudo"])
    debian.install("rabbitmq-server", "the broker")
    assert machine.ran[-1].startswith("sudo -n env")


@pytest.mark.parametrize("programs", [["apt-get"], ["apt-get", "sudo"]])
def test_normal_user_is_told_what_to_type(monkeypatch, programs):
    """No sudo, or one that wants a password: the command is shown, and nothing is installed."""
    machine = Machine(monkeypatch, programs, failing=["true"])
    with pytest.raises(debian.NotInstalled, match="sudo apt-get install -y rabbitmq-server"):
        debian.install("rabbitmq-server", "the broker")
    assert [command for command in machine.ran if "install" in command] == []


def test_failing_apt_is_not_success(monkeypatch):
    """When apt fails, so do we, with the command to try."""
    Machine(monkeypatch, ["apt-get"], user=0, failing=["install"])
    with pytest.raises(debian.NotInstalled, match="apt could not install"):
        debian.install("rabbitmq-server", "the broker")


def test_machine_without_apt_is_told_plainly(monkeypatch):
    """Not Debian: said so."""
    Machine(monkeypatch, [], user=0)
    with pytest.raises(debian.NotInstalled, match="no apt-get"):
        debian.install("rabbitmq-server", "the broker")
