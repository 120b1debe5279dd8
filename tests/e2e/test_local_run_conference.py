"""The whole conference as `make up` runs it."""

import pytest

from deploy.local import leftovers, processes, trial
from deploy.local.ready import is_ready


def test_every_process_is_ready(conference):
    """`up` returned, so every part answers."""
    assert [name for name in processes.NAMES if not is_ready(conference.address(name))] == []


@pytest.mark.parametrize("name", ["registration", "jobs", "search", "streaming", "media", "media-2", "gateway"])
def test_killed_process_comes_back(conference, name):
    """SIGKILL to any of our processes: the supervisor starts another, and it becomes ready."""
    killed = conference.kill(name)
    conference.wait_ready(name)
    assert conference.pid(name) not in (None, killed)


def test_services_outlive_their_broker(conference):
    """The broker is killed: it comes back, and so does everybody's readiness."""
    conference.kill("broker")
    conference.wait_ready()
    assert is_ready(conference.address("gateway"))


def test_given_stores_are_used_in_place_of_embedded_ones(conference, tmp_path):
    """A second run on the first one's broker and document server starts neither."""
    given = {name: conference.env[name] for name in ("SUBVENUE_AMQP_URL", "SUBVENUE_MONGODB_URL")}
    with trial.running(tmp_path, "broker documents names gateway", given) as second:
        assert [process.name for process in second.processes()] == ["gateway"]
        assert second.gateway_url != conference.gateway_url
    assert leftovers.find(tmp_path) == []
    assert is_ready(conference.address("gateway"))
