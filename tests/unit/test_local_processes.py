"""The process list: complete, consistent, and reduced by what is given."""

import pytest

from deploy.local import launch, processes

EVERYTHING = {"SUBVENUE_EMBEDDED": "SUBVENUE_AMQP_URL,SUBVENUE_MONGODB_URL"}


def names(settings):
    """Who would run."""
    return [process.name for process in processes.wanted(settings)]


def test_names_are_unique_and_needs_exist():
    """A process stands on processes that are in the list before it."""
    known = []
    for process in processes.PROCESSES:
        assert process.name not in known
        assert set(process.needs) <= set(known)
        known.append(process.name)


def test_given_broker_is_not_started():
    """With a broker URL neither RabbitMQ nor its name server runs here."""
    assert {"broker", "names"}.isdisjoint(names({"SUBVENUE_EMBEDDED": "SUBVENUE_MONGODB_URL"}))


def test_given_stores_leave_only_our_own_processes():
    """With both URLs only our code runs here."""
    assert names({"SUBVENUE_EMBEDDED": ""}) == [
        "registration", "jobs", "search", "streaming", "media", "media-2", "gateway",
    ]  # fmt: skip


def test_parts_can_be_chosen():
    """SUBVENUE_PARTS runs some of them: another media node on a second machine."""
    assert names({**EVERYTHING, "SUBVENUE_PARTS": "media, gateway"}) == ["media", "gateway"]


def test_unknown_part_is_told_with_the_known_ones():
    """A typing error in a name shows the names there are."""
    with pytest.raises(KeyError, match=r"no process 'serch'.*registration"):
        processes.by_name("serch")


def test_services_have_health_ports_of_their_own():
    """No two processes are asked for readiness at the same address."""
    addresses = [process.ready for process in processes.PROCESSES]
    assert len(set(addresses)) == len(addresses)


def test_server_bound_everywhere_is_asked_on_this_machine():
    """0.0.0.0 is where one listens, not where one calls."""
    settings = {"SUBVENUE_HOST": "0.0.0.0", "SUBVENUE_MEDIA_HOST": "10.0.0.5,127.0.0.1"}
    assert processes.fill("{gateway_host} {media_host}", "/run", settings) == "127.0.0.1 10.0.0.5"


def test_settings_of_another_run_do_not_leak_in(monkeypatch):
    """A process gets the settings of its run, and no broker's variables but ours."""
    monkeypatch.setenv("RABBITMQ_NODENAME", "foreign@host")
    monkeypatch.setenv("SUBVENUE_ELASTICSEARCH_URL", "http://foreign")
    jobs = processes.by_name("jobs")
    run = {"SUBVENUE_JOBS_HEALTH_PORT": "8202", "SUBVENUE_HOST": "h", "SUBVENUE_MEDIA_HOST": "m"}
    environment = launch.environment(jobs, "/run", run)
    assert environment["SUBVENUE_HEALTH_PORT"] == "8202"
    assert {"RABBITMQ_NODENAME", "SUBVENUE_ELASTICSEARCH_URL"}.isdisjoint(environment)
