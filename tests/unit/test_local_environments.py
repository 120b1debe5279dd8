"""Environments: stamped, so that nothing is made twice; uv is told what pip is told."""

import pytest

from deploy.local import environments


@pytest.fixture
def environment(tmp_path):
    """An environment made from the test lock."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").touch()
    (tmp_path / environments.STAMP).write_text(environments.fingerprint("test"))
    return tmp_path


@pytest.fixture(autouse=True)
def no_installing(monkeypatch):
    """These tests install nothing: trying to is an error."""

    def install(*_):
        raise AssertionError("would install")

    monkeypatch.setattr(environments, "_run", install)
    monkeypatch.setattr(environments, "uv", install)


def test_second_time_does_nothing(environment):
    """An environment made from today's lock is left alone."""
    assert environments.ensure(environment, "test") is False


def test_tests_environment_serves_the_demo(environment):
    """`make demo` after `make test` does not take the test tools away."""
    assert environments.ensure(environment, "run", "test") is False


@pytest.mark.parametrize("stamp", ["", "test 3.11 of-another-lock"])
def test_changed_lock_is_installed(environment, stamp):
    """Half made, or made from another lock: made again."""
    (environment / environments.STAMP).write_text(stamp)
    with pytest.raises(AssertionError, match="would install"):
        environments.ensure(environment, "test")


def test_uv_is_told_where_pip_looks(monkeypatch):
    """A machine set up for pip is set up for us."""
    for name in environments.UV_INDEXES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(
        environments, "_pip_configuration", lambda: {"index-url": "file:///wheels", "timeout": "9"}
    )
    settings = environments.uv_settings()
    assert settings["UV_DEFAULT_INDEX"] == "file:///wheels"
    assert "timeout" not in settings


def test_uv_configured_itself_is_left_alone(monkeypatch):
    """uv's own settings win over pip's."""
    monkeypatch.setenv("UV_DEFAULT_INDEX", "file:///uv")
    monkeypatch.setattr(environments, "_pip_configuration", lambda: {"index-url": "file:///pip"})
    assert environments.uv_settings()["UV_DEFAULT_INDEX"] == "file:///uv"
