"""What no container of docker-compose.yml may do, and that no secret has a default."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docker-compose.yml").read_text()
STACK = yaml.safe_load(TEXT)
SERVICES = STACK["services"]
#: Elasticsearch writes its keystore beside its configuration at every start.
WRITABLE = {"elasticsearch"}
#: coturn's binary carries this file capability and does not start where it is forbidden.
CAPABILITIES = {"coturn": ["NET_BIND_SERVICE"]}
SECRET_NAME = re.compile(r"PASS|SECRET|TOKEN|KEY|CREDENTIAL")


def environment(name: str) -> dict[str, str]:
    """The environment of a service, values as they are written in the file."""
    return SERVICES[name].get("environment", {})


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_processes_are_not_root(name):
    """The user is a number other than 0, so that the engine can check it."""
    assert re.fullmatch(r"[1-9]\d*:\d+", SERVICES[name]["user"])


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_containers_are_hardened(name):
    """No capability, no way to gain one, and a root file system that cannot be written."""
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert service.get("cap_add", []) == CAPABILITIES.get(name, [])
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["read_only"] is (name not in WRITABLE)
    assert "privileged" not in service


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_nothing_of_the_host_is_mounted(name):
    """Only named volumes: never a host directory, and least of all the engine's socket."""
    for volume in SERVICES[name].get("volumes", []):
        assert volume.split(":")[0] in STACK["volumes"]


def test_required_variables_have_no_default():
    """A variable that holds a secret is `${NAME:?message}`: without it Compose stops."""
    variables = re.findall(r"\$\{(\w+)([^}]*)\}", TEXT)
    secrets = [(name, rest) for name, rest in variables if SECRET_NAME.search(name)]
    assert secrets
    assert [name for name, rest in secrets if not rest.startswith(":?")] == []


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_no_secret_is_written_down(name):
    """What is named like a secret is a required variable, or a path to a secret file."""
    for key, value in environment(name).items():
        if not SECRET_NAME.search(key):
            continue
        if key.endswith("_FILE"):
            assert value.removeprefix("/run/secrets/") in SERVICES[name]["secrets"]
        else:
            assert re.fullmatch(r"\$\{\w+:\?.+\}", value), key


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_no_url_holds_a_literal_password(name):
    """`scheme://user:password@host` has a variable where the password stands."""
    for key, value in environment(name).items():
        for password in re.findall(r"//[^/:@]*:(.+?)@", str(value)):
            assert re.fullmatch(r"\$\{\w+:\?.+\}", password), key


def test_secret_files_go_only_to_who_needs_them():
    """The key that signs tokens is in one container; the gateway has the public half only."""
    holders: dict[str, set[str]] = {secret: set() for secret in STACK["secrets"]}
    for name, service in SERVICES.items():
        for secret in service.get("secrets", []):
            holders[secret].add(name)
    assert holders == {
        "token_private_key": {"registration"},
        "token_public_key": {"gateway"},
        "capability_secret": {"streaming", "media"},
        "mongodb_keyfile": {"mongodb"},
    }


def test_only_what_browsers_reach_publishes_ports():
    """The gateway answers on loopback unless told otherwise; media by one port; coturn is off by default."""
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published.keys() == {"gateway", "media", "coturn", "prometheus"}
    assert published["media"] == ["40000:40000/udp", "40000:40000/tcp"]
    assert published["gateway"] == ["${SUBVENUE_HOST:-127.0.0.1}:${SUBVENUE_PORT:-8000}:8000"]
    assert all(port.startswith("127.0.0.1:") for port in published["prometheus"])
