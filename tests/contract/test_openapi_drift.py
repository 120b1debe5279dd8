"""docs/openapi.json is what the gateway serves, and it is valid OpenAPI 3.1."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from openapi_spec_validator import validate

from gateway.app import build
from gateway.openapi import document
from gateway.settings import Settings

FILE = Path(__file__).resolve().parents[2] / "docs" / "openapi.json"

#: What clients may rely on for good: add, do not rename.
STABLE = """
POST /api/v1/attendees
GET /api/v1/me
PATCH /api/v1/me
GET /api/v1/me/applications
POST /api/v1/organisations
GET /api/v1/organisations
GET /api/v1/organisations/{organisation_id}
POST /api/v1/projects
GET /api/v1/projects/{project_id}
PATCH /api/v1/projects/{project_id}
GET /api/v1/search
GET /api/v1/sub-venues
POST /api/v1/sub-venues
GET /api/v1/sessions
POST /api/v1/sessions
GET /api/v1/sessions/{session_id}
POST /api/v1/sessions/{session_id}/start
POST /api/v1/sessions/{session_id}/end
POST /api/v1/sessions/{session_id}/whip
POST /api/v1/sessions/{session_id}/whep
DELETE /api/v1/sessions/{session_id}/whip/{peer}
DELETE /api/v1/sessions/{session_id}/whep/{peer}
POST /api/v1/vacancies
GET /api/v1/vacancies
GET /api/v1/vacancies/{vacancy_id}
PATCH /api/v1/vacancies/{vacancy_id}
POST /api/v1/vacancies/{vacancy_id}/applications
GET /api/v1/vacancies/{vacancy_id}/applications
DELETE /api/v1/applications/{application_id}
GET /api/v1/events
GET /api/v1/parked
GET /api/v1/parked/{service}
GET /api/v1/parked/{service}/{message_id}
POST /api/v1/parked/{service}/{message_id}/replay
DELETE /api/v1/parked/{service}/{message_id}
GET /livez
GET /readyz
GET /metrics
"""


@pytest.fixture(scope="module")
def served() -> dict:
    return document(build(Settings(amqp_url="", public_key_file=Path())))


def test_file_is_what_is_served(served):
    """Renew it with ``python -m gateway openapi > docs/openapi.json``."""
    assert json.loads(FILE.read_text(encoding="utf-8")) == served


def test_it_is_valid(served):
    """By the specification's own schema."""
    assert served["openapi"].startswith("3.1")
    validate(served)


def test_stable_routes_are_there(served):
    """Nothing that clients rely on is gone."""
    described = {
        f"{method.upper()} {path}" for path, operations in served["paths"].items() for method in operations
    }
    assert set(STABLE.split("\n")) - {""} <= described


def test_every_operation_is_described(served):
    """Each has a description, an id of its own, its problems, and the need of a token where there is one."""
    operations = [operation for path in served["paths"].values() for operation in path.values()]
    assert all(operation["description"] for operation in operations)
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    assert all(
        "application/problem+json" in operation["responses"]["default"]["content"] for operation in operations
    )
    assert served["paths"]["/api/v1/me"]["get"]["security"] == [{"token": []}]
    assert "security" not in served["paths"]["/api/v1/search"]["get"]


def test_clients_cannot_set_what_the_gateway_adds(served):
    """No body has a command id or an actor, and none takes unknown fields."""
    bodies = [
        operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        for path in served["paths"].values()
        for operation in path.values()
        if "application/json" in operation.get("requestBody", {}).get("content", {})
    ]
    assert len(bodies) >= 10
    for name in bodies:
        schema = served["components"]["schemas"][name]
        assert schema["additionalProperties"] is False
        assert not {"command_id", "actor"} & set(schema["properties"])
