"""The node's settings from the environment."""

from __future__ import annotations

import pytest

from services.streaming.media.settings import MissingSetting, Settings


@pytest.fixture
def secret_file(tmp_path):
    path = tmp_path / "secret"
    path.write_text("s" * 32 + "\n")
    return str(path)


def test_defaults_are_a_local_node(secret_file):
    """Only the secret has no default."""
    settings = Settings.from_environment({"SUBVENUE_CAPABILITY_SECRET_FILE": secret_file})
    assert settings.capability_secret == b"s" * 32
    assert (settings.hosts, settings.port, settings.udp_ports) == (("127.0.0.1",), 8100, (0,))
    assert settings.reachable_at == "http://127.0.0.1:8100"


def test_everything_can_be_set(secret_file):
    """Lists are separated by commas, a port range by a dash."""
    settings = Settings.from_environment(
        {
            "SUBVENUE_CAPABILITY_SECRET_FILE": secret_file,
            "SUBVENUE_MEDIA_HOST": "192.0.2.1, 2001:db8::1",
            "SUBVENUE_MEDIA_PORT": "9000",
            "SUBVENUE_MEDIA_URL": "https://media.example",
            "SUBVENUE_MEDIA_UDP_PORTS": "40000-40002",
            "SUBVENUE_ICE_SERVERS": "stun:stun.example,turn:turn.example",
        }
    )
    assert settings.hosts == ("192.0.2.1", "2001:db8::1")
    assert settings.udp_ports == (40000, 40001, 40002)
    assert settings.reachable_at == "https://media.example"
    assert settings.ice_servers == ("stun:stun.example", "turn:turn.example")


@pytest.mark.parametrize(
    ("environment", "name"),
    [
        ({}, "SUBVENUE_CAPABILITY_SECRET_FILE"),
        ({"SUBVENUE_CAPABILITY_SECRET_FILE": "/nowhere/at/all"}, "SUBVENUE_CAPABILITY_SECRET_FILE"),
        ({"SUBVENUE_MEDIA_UDP_PORTS": "many"}, "SUBVENUE_MEDIA_UDP_PORTS"),
    ],
)
def test_what_is_wrong_is_named(secret_file, environment, name):
    """A missing or unreadable setting is named."""
    complete = (
        environment if name.endswith("FILE") else {"SUBVENUE_CAPABILITY_SECRET_FILE": secret_file} | environment
    )
    with pytest.raises(MissingSetting, match=name):
        Settings.from_environment(complete)


def test_a_short_secret_is_refused(tmp_path):
    """A secret that can be guessed protects nothing."""
    path = tmp_path / "secret"
    path.write_text("short")
    with pytest.raises(MissingSetting, match="32 bytes"):
        Settings.from_environment({"SUBVENUE_CAPABILITY_SECRET_FILE": str(path)})
