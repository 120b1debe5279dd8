"""What tests of every tier may stand on: a private broker, a document server, a whole conference.

Each is started once per pytest call, when the first test asks for it, on free ports of 127.0.0.1 and in a
folder of its own, and is stopped by pid in the end.
"""

import os
from collections.abc import Iterator

import pytest

from deploy.local import debian, trial
from deploy.local.stack import Stack


@pytest.fixture(scope="session")
def broker_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The amqp:// URL of a RabbitMQ that only these tests use (SUBVENUE_TEST_AMQP_URL, when given)."""
    given = os.environ.get("SUBVENUE_TEST_AMQP_URL")
    if given:
        yield given
        return
    _need_rabbitmq()
    with trial.running(tmp_path_factory.mktemp("broker"), trial.BROKER) as stack:
        yield stack.env["SUBVENUE_AMQP_URL"]


@pytest.fixture(scope="session")
def mongodb_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The mongodb:// URL of a server that only these tests use (SUBVENUE_TEST_MONGODB_URL, when given)."""
    given = os.environ.get("SUBVENUE_TEST_MONGODB_URL")
    if given:
        yield given
        return
    with trial.running(tmp_path_factory.mktemp("documents"), trial.DOCUMENTS) as stack:
        yield stack.env["SUBVENUE_MONGODB_URL"]


@pytest.fixture(scope="session")
def conference(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Every process, up and ready: `.gateway_url`, `.env`, `.run_dir`, `.kill(name)`, `.wait_ready(name)`."""
    _need_rabbitmq()
    with trial.running(tmp_path_factory.mktemp("conference")) as stack:
        yield stack


def _need_rabbitmq() -> None:
    if not debian.rabbitmq_server():
        pytest.skip("RabbitMQ is not installed: apt-get install rabbitmq-server")
