"""The tables of the cache fit the routes of the API, and each other."""

from __future__ import annotations

from pathlib import Path

import pytest
from litestar.routes import HTTPRoute

from gateway.app import build
from gateway.edge import rules
from gateway.settings import Settings
from messaging.contracts.streaming import SessionChanged


def routes() -> list[tuple[str, str]]:
    """Method and path, as ``/sessions/x``, of every route of the API."""
    app = build(Settings(amqp_url="", public_key_file=Path()))
    return [
        (method, rules.API + path)
        for route in app.routes
        if isinstance(route, HTTPRoute) and route.path_format.startswith(rules.API)
        for method in route.methods
        if method not in ("OPTIONS", "HEAD")
        for path in [
            "/".join("x" if "{" in part else part for part in route.path_format[len(rules.API) :].split("/"))
        ]
    ]


def test_a_write_to_what_is_kept_drops_it():
    """Whoever posts to a kept listing or changes a kept thing must read it afterwards."""
    forgotten = [
        f"{method} {path}"
        for method, path in routes()
        if method != "GET" and rules.read_at(path) and rules.filed_under(path) not in rules.dropped_by_write(path)
    ]
    assert forgotten == []


def test_every_rule_is_about_a_route():
    """No rule is left behind by a route that is gone."""
    reads = {path for method, path in routes() if method == "GET"}
    writes = {path for method, path in routes() if method != "GET"}
    assert {rules.API + rule.path.replace("{id}", "x") for rule in rules.READS} <= reads
    assert {rules.API + path.replace("{id}", "x") for path in rules.DROPPED_BY_WRITE} <= writes


@pytest.mark.parametrize("rule", rules.READS, ids=lambda rule: rule.path)
def test_every_kept_read_is_dropped_by_some_event(rule):
    """What nothing drops would be kept for its whole life."""
    assert any(rule.path in dropped for dropped in rules.DROPPED_BY_EVENT.values())


def test_what_is_dropped_is_what_is_filed():
    """An event about an aggregate names the paths under which its answers are filed."""
    dropped = rules.dropped_by_event(SessionChanged, "ses_1")
    assert rules.filed_under("/api/v1/sessions/ses_1") in dropped
    assert rules.filed_under("/api/v1/sessions/") in dropped
    assert rules.filed_under("/api/v1/sessions/ses_2") not in dropped


@pytest.mark.parametrize(
    "path", ["/api/v1/me", "/api/v1/sessions/a/b", "/api/v1/sessionsx", "/sessions", "/api/v1/sessions\n"]
)
def test_what_is_not_kept(path):
    """Nothing that only looks like a kept read is one."""
    assert rules.read_at(path) is None
