"""Health, measurements and logs."""

from __future__ import annotations

import json
import logging

import pytest

from gateway.settings import MissingSetting, Settings
from messaging.logs import JsonLines
from tests.unit.gateway_fakes import FakeBus, a_gateway


def test_alive_without_anything(tmp_path):
    """/livez asks nobody; /readyz says what is missing, with 503."""
    bus = FakeBus(connected=False)
    bus.listener.active = False
    with a_gateway(bus, tmp_path) as client:
        assert client.get("/livez").status_code == 200
        response = client.get("/readyz")
        assert response.status_code == 503
        assert response.json()["checks"] == {"bus": False, "events": False, "token_key": True}
        bus.connected = bus.listener.active = True
        assert client.get("/readyz").status_code == 200
    assert bus.calls == []


def test_requests_and_calls_are_measured(tmp_path):
    """By route and not by address, by service, method and outcome."""
    with a_gateway(FakeBus({"jobs.get_vacancy": {}}), tmp_path) as client:
        client.get("/api/v1/vacancies/v1")
        client.get("/api/v1/projects/p1")
        client.get("/api/v1/nothing/at/all")
        text = client.get("/metrics").text
    assert 'seconds_count{method="GET",route="/api/v1/vacancies/{vacancy_id}",status="200"} 1.0' in text
    assert 'rpc_seconds_count{method="get_vacancy",outcome="ok",service="jobs"} 1.0' in text
    assert 'rpc_seconds_count{method="get_project",outcome="unavailable",service="registration"} 1.0' in text
    assert "/api/v1/nothing" not in text
    assert "subvenue_event_streams 0.0" in text


def test_access_log_has_no_query_and_no_token(tmp_path, caplog):
    """What people search for and who they are stays out of the log."""
    caplog.set_level(logging.INFO, logger="gateway.access")
    with a_gateway(FakeBus(), tmp_path) as client:
        client.get("/api/v1/search?q=a-private-question", headers={"Authorization": "Bearer a-token"})
    (record,) = [record for record in caplog.records if record.name == "gateway.access"]
    line = json.loads(JsonLines("gateway").format(record))
    assert line["path"] == "/api/v1/search"
    assert line["status"] == 401
    assert "private" not in json.dumps(line)
    assert "a-token" not in json.dumps(line)


def test_settings_without_default_are_named():
    """A gateway without its settings says which one is missing."""
    with pytest.raises(MissingSetting, match="SUBVENUE_AMQP_URL"):
        Settings.from_environment({})


def test_settings_come_from_the_environment():
    """Empty means not set."""
    environ = {
        "SUBVENUE_AMQP_URL": "amqp://x/",
        "SUBVENUE_TOKEN_PUBLIC_KEY_FILE": "key.pem",
        "SUBVENUE_PORT": "9",
        "SUBVENUE_HOST": "",
        "SUBVENUE_CORS_ORIGINS": "https://a.example,https://b.example",
    }
    settings = Settings.from_environment(environ)
    assert (settings.host, settings.port) == ("127.0.0.1", 9)
    assert settings.cors_origins == ("https://a.example", "https://b.example")


def test_other_origins_are_refused_unless_given(tmp_path):
    """No CORS headers by default; with a setting, for those origins."""
    origin = {"Origin": "https://a.example"}
    with a_gateway(FakeBus(), tmp_path) as client:
        assert "access-control-allow-origin" not in client.get("/livez", headers=origin).headers
    with a_gateway(FakeBus(), tmp_path, cors_origins=("https://a.example",)) as client:
        assert client.get("/livez", headers=origin).headers["access-control-allow-origin"] == "https://a.example"
