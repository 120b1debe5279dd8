"""Errors of services become statuses in one table, and say nothing of their insides."""

from __future__ import annotations

import importlib

import pytest

from gateway.refusals import STATUS
from messaging.contracts import errors
from messaging.on_asyncio import BusUnavailable, RemoteError, RpcTimeout, UnknownService
from tests.unit.gateway_fakes import FakeBus, a_gateway


def service_errors() -> list[type[errors.ServiceError]]:
    """Every error that a contract module declares."""
    for name in ("jobs", "registration", "search", "streaming"):
        importlib.import_module(f"messaging.contracts.{name}")
    waiting, found = [errors.ServiceError], []
    while waiting:
        below = waiting.pop().__subclasses__()
        waiting += below
        found += below
    return sorted(found, key=lambda error: error.__name__)


@pytest.mark.parametrize("error", service_errors(), ids=lambda error: error.__name__)
def test_every_error_of_the_contracts_has_a_status(error):
    """A new error in the contracts needs a line in the table; conflicts are 409."""
    assert error.__name__ in STATUS
    if issubclass(error, errors.Conflict):
        assert STATUS[error.__name__] == 409


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    bus = FakeBus()
    with a_gateway(bus, tmp_path_factory.mktemp("gateway")) as client:
        yield bus, client


@pytest.fixture
def bus(gateway):
    return gateway[0].forget()


@pytest.fixture
def client(gateway, bus):
    return gateway[1]


@pytest.mark.parametrize("name", sorted(STATUS))
def test_error_of_a_service_is_told(client, bus, name):
    """Status from the table; message and field from the service."""
    bus.answers["jobs.get_vacancy"] = RemoteError(name, "because", "vacancy_id")
    response = client.get("/api/v1/vacancies/v1")
    assert response.status_code == STATUS[name]
    document = response.json()
    assert (document["detail"], document["field"]) == ("because", "vacancy_id")
    assert document["instance"] == "/api/v1/vacancies/v1"
    assert ("retry-after" in response.headers) == (STATUS[name] == 503 or name == "StageEmpty")


def test_unknown_error_of_a_service_shows_nothing(client, bus):
    """An error that no contract knows is 500 and keeps its message to the log."""
    bus.answers["jobs.get_vacancy"] = RemoteError("OperationFailure", "mongodb://user:secret@host", "")
    response = client.get("/api/v1/vacancies/v1")
    assert response.status_code == 500
    assert "secret" not in response.text


def test_crash_in_the_gateway_shows_nothing(client, bus):
    """An unexpected exception is 500 without a trace of it."""
    bus.answers["jobs.get_vacancy"] = ZeroDivisionError("secret")
    response = client.get("/api/v1/vacancies/v1")
    assert response.status_code == 500
    assert response.headers["content-type"] == "application/problem+json"
    assert "secret" not in response.text


@pytest.mark.parametrize(
    ("error", "connected", "status"),
    [
        (BusUnavailable("gone"), False, 503),
        (UnknownService("nobody"), True, 503),
        (RpcTimeout("late"), True, 504),
        (RpcTimeout("late"), False, 503),
    ],
)
def test_what_is_away_is_503_and_what_is_late_504(client, bus, error, connected, status):
    """Nobody to ask: 503; asked without an answer: 504. Both say when to try again."""
    bus.connected = connected
    bus.answers["jobs.get_vacancy"] = error
    response = client.get("/api/v1/vacancies/v1")
    assert response.status_code == status
    assert response.headers["retry-after"] == "1"
