"""The web folder is served as it is, and nothing outside of it."""

from __future__ import annotations

import pytest

from gateway.pages import file_at
from gateway.problems import Problem
from tests.unit.gateway_fakes import FakeBus, a_gateway


@pytest.fixture
def web(tmp_path):
    folder = tmp_path / "web"
    (folder / "vendor").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html>你好", encoding="utf-8")
    (folder / "app.js").write_text("export {}")
    (folder / "vendor" / "lib-1.0.js").write_text("export {}")
    (folder / ".secret").write_text("no")
    (tmp_path / "outside.txt").write_text("no")
    (folder / "link.txt").symlink_to(tmp_path / "outside.txt")
    return folder


@pytest.fixture
def client(web, tmp_path):
    with a_gateway(FakeBus(), tmp_path, web=web) as client:
        yield client


@pytest.mark.parametrize(
    ("address", "media_type"),
    [("/", "text/html; charset=utf-8"), ("/index.html", "text/html; charset=utf-8"),
     ("/app.js", "text/javascript; charset=utf-8"), ("/vendor/lib-1.0.js", "text/javascript; charset=utf-8")],
)  # fmt: skip
def test_files_are_served(client, address, media_type):
    """With their media type and a strict content security policy."""
    response = client.get(address)
    assert response.status_code == 200
    assert response.headers["content-type"] == media_type
    policy = response.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy


def test_browsers_ask_again_only_where_it_may_have_changed(client):
    """An unchanged file is 304; vendored modules are kept for good."""
    first = client.get("/app.js")
    assert first.headers["cache-control"] == "no-cache"
    assert client.get("/app.js", headers={"If-None-Match": first.headers["etag"]}).status_code == 304
    assert "immutable" in client.get("/vendor/lib-1.0.js").headers["cache-control"]


@pytest.mark.parametrize(
    "address",
    [
        "/nothing.js",
        "/.secret",
        "/%2e%2e/outside.txt",
        "/..%2foutside.txt",
        "/link.txt",
        "/vendor",
        "/%00",
        "//etc/passwd",
    ],
)
def test_everything_else_is_not_there(client, address):
    """Unknown, hidden and outside: 404, whatever the spelling."""
    response = client.get(address)
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "path", ["../outside.txt", "/../outside.txt", "/vendor/../../outside.txt", "/etc/passwd", "\0"]
)
def test_no_path_leads_outside(web, path):
    """What no browser would send, a program may."""
    with pytest.raises(Problem):
        file_at(web, path)
