"""docker-compose.yml against the Compose Specification, and the shape of the stack that it describes."""

import json
import re
from copy import deepcopy
from pathlib import Path

import jsonschema
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
STACK = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = STACK["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
SCALABLE = ["registration", "jobs", "search", "streaming"]
ONE_SHOTS = {"seed", "mongodb-users"}
LASTING = sorted(SERVICES.keys() - ONE_SHOTS)


def schema_errors(stack: dict) -> list[str]:
    """What the Compose Specification objects to in `stack`."""
    schema = json.loads((ROOT / "tests/contract/schemas/compose-spec.json").read_text())
    return [error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(stack)]


def test_the_file_follows_the_compose_specification():
    """The schema of the specification accepts the file."""
    assert schema_errors(STACK) == []


def test_the_schema_notices_a_misspelt_key():
    """The check above can fail: one unknown key in one service is an error."""
    broken = deepcopy(STACK)
    broken["services"]["jobs"]["helthcheck"] = {"test": ["CMD", "true"]}
    assert schema_errors(broken)


def test_the_whole_stack_is_there():
    """Every process of ours, the three stores, and the extras under a profile each."""
    assert OURS.keys() == {*SCALABLE, "media", "gateway", "seed"}
    assert SERVICES.keys() - OURS.keys() == {
        "rabbitmq",
        "mongodb",
        "mongodb-users",
        "elasticsearch",
        "coturn",
        "prometheus",
    }
    profiles = {name: service["profiles"] for name, service in SERVICES.items() if "profiles" in service}
    assert profiles == {"seed": ["seed"], "coturn": ["turn"], "prometheus": ["metrics"]}


@pytest.mark.parametrize("name", sorted(SERVICES.keys() - OURS.keys()))
def test_images_are_pinned_to_a_release(name):
    """A tag names a whole version, so that the same file starts the same software next year."""
    image = SERVICES[name]["image"]
    assert re.search(r":v?\d+\.\d+\.\d+(-[a-z]+)?$", image), image


@pytest.mark.parametrize(("name", "major"), [("rabbitmq", "4"), ("mongodb", "8"), ("elasticsearch", "9")])
def test_stores_have_the_major_version_we_support(name, major):
    """RabbitMQ 4, MongoDB 8, Elasticsearch 9."""
    assert SERVICES[name]["image"].split(":")[1].startswith(f"{major}.")


@pytest.mark.parametrize("name", SCALABLE)
def test_a_service_can_be_scaled(name):
    """`--scale` needs a service without a name, a host port or an address of its own."""
    service = SERVICES[name]
    assert not {"container_name", "hostname", "ports"} & service.keys()
    assert service["networks"] == ["back"]


def test_no_container_has_a_fixed_name():
    """Two stacks on one machine must not fight over names."""
    assert not [name for name, service in SERVICES.items() if "container_name" in service]


@pytest.mark.parametrize("name", LASTING)
def test_a_lasting_service_is_checked_and_restarted(name):
    """Whoever runs for long has a health check and comes back after a crash."""
    service = SERVICES[name]
    assert service["healthcheck"]["test"]
    assert {"interval", "timeout", "retries", "start_period"} <= service["healthcheck"].keys()
    assert service["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", sorted(ONE_SHOTS))
def test_a_one_shot_ends(name):
    """A one-shot that succeeded is not started again."""
    assert SERVICES[name]["restart"].split(":")[0] in {"no", "on-failure"}


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_resources_and_logs_are_limited(name):
    """No container may take the whole machine, and no log may fill its disk."""
    service = SERVICES[name]
    assert {"cpus", "memory", "pids"} <= service["deploy"]["resources"]["limits"].keys()
    assert {"max-size", "max-file"} <= service["logging"]["options"].keys()


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_waits_for_what_it_needs(name):
    """Conditions name services that exist and can meet them: a health check to pass, or an end to reach."""
    for needed, wait in SERVICES[name].get("depends_on", {}).items():
        if wait["condition"] == "service_healthy":
            assert "healthcheck" in SERVICES[needed]
        else:
            assert wait["condition"] == "service_completed_successfully"
            assert needed in ONE_SHOTS


@pytest.mark.parametrize("name", sorted(OURS))
def test_the_command_starts_a_module_that_exists(name):
    """`python -m x.y` finds x/y/__main__.py in the image, which holds the repository's folders."""
    python, dash_m, module = OURS[name]["command"]
    assert (python, dash_m) == ("python", "-m")
    assert (ROOT / module.replace(".", "/") / "__main__.py").is_file()


@pytest.mark.parametrize("name", sorted(OURS))
def test_every_setting_is_a_known_one(name):
    """A SUBVENUE_ variable that .env.example does not list is a typing error, or undocumented."""
    known = set(re.findall(r"^#?\s*(SUBVENUE_\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    used = {key for key in OURS[name]["environment"] if key.startswith("SUBVENUE_")}
    assert used <= known


def test_each_service_has_a_database_and_a_user_of_its_own():
    """Services share no database: user and authentication database are the service's own."""
    urls = {name: service["environment"].get("SUBVENUE_MONGODB_URL", "") for name, service in OURS.items()}
    used = {name: re.search(r"//(\w+):.*authSource=(\w+)", url) for name, url in urls.items() if url}
    assert used.keys() == {"registration", "jobs", "streaming"}
    for name, match in used.items():
        assert match
        assert match.groups() == (name, f"subvenue_{name}")


def test_the_stores_are_out_of_reach():
    """Broker and stores are on a network without a way out, and publish no port."""
    assert STACK["networks"]["back"]["internal"] is True
    for name in ("rabbitmq", "mongodb", "mongodb-users", "elasticsearch"):
        assert SERVICES[name]["networks"] == ["back"]
        assert "ports" not in SERVICES[name]


def test_media_announces_the_port_that_is_published():
    """Browsers are told the number that the node has bound, so it must be the same outside of the container."""
    media = SERVICES["media"]
    port = media["environment"]["SUBVENUE_MEDIA_UDP_PORTS"]
    assert media["ports"] == [f"{port}:{port}/udp", f"{port}:{port}/tcp"]


def test_bound_files_exist():
    """A missing file would be made a directory by the engine, and the container would fail in a strange way."""
    for config in STACK["configs"].values():
        assert (ROOT / config["file"]).is_file()
