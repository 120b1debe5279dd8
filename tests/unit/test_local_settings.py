"""The settings of a local run: what wins over what."""

from pathlib import Path

import pytest

from deploy.local import environment_file, ports, settings

RUN = Path("/run-of-a-test")


def compose(given=None, remembered=None, busy=()):
    """`settings.compose` on a machine where only the ports in `busy` are taken."""
    return settings.compose(
        RUN, given or {}, remembered or {}, "a-password", ports.near_default, lambda port: port not in busy
    )


def test_free_machine_gets_the_well_known_ports():
    """Nothing given, nothing in use: the documented addresses."""
    run = compose()
    assert run["SUBVENUE_PORT"] == "8000"
    assert run["SUBVENUE_AMQP_URL"] == "amqp://subvenue:a-password@127.0.0.1:8672/"
    assert run["SUBVENUE_MONGODB_URL"] == "mongodb://127.0.0.1:8717"


def test_busy_port_is_stepped_over():
    """A port that something else has is replaced, and the URL made from it follows."""
    run = compose(busy={8000, 8672, 8692})
    assert run["SUBVENUE_PORT"] == "8020"
    assert "127.0.0.1:8712/" in run["SUBVENUE_AMQP_URL"]


def test_no_port_is_given_twice():
    """However many are busy, each part has a port of its own."""
    run = compose(busy=set(range(8000, 8300)) | set(range(8672, 8720)))
    chosen = [run[name] for name in ports.DEFAULTS]
    assert len(set(chosen)) == len(chosen)


def test_remembered_port_is_kept():
    """A second start has the addresses of the first."""
    assert compose(remembered={"SUBVENUE_PORT": "8040"})["SUBVENUE_PORT"] == "8040"


def test_remembered_port_that_is_taken_now_is_replaced():
    """Somebody took it while we were down."""
    assert compose(remembered={"SUBVENUE_PORT": "8040"}, busy={8040})["SUBVENUE_PORT"] == "8000"


def test_given_port_wins_over_the_remembered_one():
    """What a person asks for now counts."""
    run = compose(given={"SUBVENUE_PORT": "9000"}, remembered={"SUBVENUE_PORT": "8040"})
    assert run["SUBVENUE_PORT"] == "9000"


def test_given_port_in_use_is_refused_by_name():
    """A port that was asked for is never silently replaced."""
    with pytest.raises(settings.PortRefused, match="SUBVENUE_PORT=9000"):
        compose(given={"SUBVENUE_PORT": "9000"}, busy={9000})


@pytest.mark.parametrize("port", ["http", "-1", "70000"])
def test_port_that_is_none_is_refused_by_name(port):
    """A typing error in a port is told, not passed on to a process that dies of it."""
    with pytest.raises(settings.PortRefused, match="SUBVENUE_PORT"):
        compose(given={"SUBVENUE_PORT": port})


def test_given_url_stands_for_the_embedded_part():
    """A broker given by URL is not embedded, the document server still is."""
    run = compose(given={"SUBVENUE_AMQP_URL": "amqp://elsewhere/"})
    assert run["SUBVENUE_AMQP_URL"] == "amqp://elsewhere/"
    assert run["SUBVENUE_EMBEDDED"] == "SUBVENUE_MONGODB_URL"


def test_our_own_url_coming_back_is_not_a_given_one():
    """After `. .run/run.env` in a shell, `make up` still starts the embedded broker."""
    first = compose()
    second = compose(given=first, remembered=first)
    assert second == first


def test_environment_wins_over_the_file(tmp_path):
    """`.env` is for what lasts, the environment for now; an empty value is no value."""
    file = tmp_path / ".env"
    file.write_text("SUBVENUE_PORT=1111\nSUBVENUE_LOG_LEVEL=DEBUG\nSUBVENUE_WORKERS=\nOTHER=1\n")
    assert settings.given({"SUBVENUE_PORT": "2222", "HOME": "/"}, file) == {
        "SUBVENUE_PORT": "2222",
        "SUBVENUE_LOG_LEVEL": "DEBUG",
    }


def test_settings_file_keeps_every_character(tmp_path):
    """A value with spaces, quotes and signs survives writing and reading; nobody else may read it."""
    file = tmp_path / "run.env"
    written = {"A": "plain", "B": "two words", "C": "it's & that's #1 $HOME", "D": "amqp://u:p%2F@h:1/"}
    environment_file.write(file, written)
    assert environment_file.read(file) == written
    assert file.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("line", ["B = 2", "B='2", "B"])
def test_settings_file_names_the_line_it_cannot_read(tmp_path, line):
    """A typing error in `.env` is told with its line."""
    file = tmp_path / ".env"
    file.write_text(f"# fine\nexport A=1\n{line}\n")
    with pytest.raises(ValueError, match="line 3"):
        environment_file.read(file)
