"""The settings of a local run: what was given, what was chosen last time, and defaults, in that order.

Standard library only.
"""

import os
import secrets
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from deploy.local import environment_file, ports
from deploy.local.paths import ROOT

# A URL given for one of these is used instead of the part that the local run would start.
REPLACEABLE = ("SUBVENUE_AMQP_URL", "SUBVENUE_MONGODB_URL")
# These steer the commands, not the conference.
NOT_OURS = frozenset({"SUBVENUE_RUN_DIR", "SUBVENUE_CHROMIUM", "SUBVENUE_REQUIRE_ALL", "SUBVENUE_SUPERVISED"})

Chooser = Callable[[str], Iterable[int]]


class PortRefused(Exception):
    """A port that was asked for is in use by something else, or is none."""


def given(environment: Mapping[str, str] = os.environ, file: Path = ROOT / ".env") -> dict[str, str]:
    """What a person set, in the environment or in `.env`; the environment wins, empty means not set."""
    both = {**environment_file.read(file), **environment}
    return {
        name: both[name] for name in both if name.startswith("SUBVENUE_") and both[name] and name not in NOT_OURS
    }


def compose(
    run_dir: Path,
    given: Mapping[str, str],
    remembered: Mapping[str, str],
    password: str,
    choose: Chooser = ports.near_default,
    is_free: Callable[[int], bool] = ports.is_free,
) -> dict[str, str]:
    """Every setting of the run in `run_dir`, complete.

    `remembered` is the last run's: its ports are kept where they are still free, so addresses stay the same.
    `password` is the embedded broker's. Raises PortRefused for a given port that is in use.
    """
    settings = {name: value for name, value in given.items() if not _is_our_own(name, value, remembered)}
    settings |= _ports(settings, remembered, choose, is_free)
    settings.setdefault("SUBVENUE_BROKER_NODE", _remembered_node(remembered))
    _add(settings, _addresses(settings, password))
    _add(settings, _files(run_dir))
    return settings


def _is_our_own(name: str, value: str, remembered: Mapping[str, str]) -> bool:
    """True for an embedded part's URL that came back to us by way of `. .run/run.env`."""
    embedded = remembered.get("SUBVENUE_EMBEDDED", "").split(",")
    return name == "SUBVENUE_EMBEDDED" or (name in embedded and value == remembered.get(name))


def _ports(
    settings: Mapping[str, str], remembered: Mapping[str, str], choose: Chooser, is_free: Callable[[int], bool]
) -> dict[str, str]:
    chosen: dict[str, str] = {}
    for name in ports.DEFAULTS:
        if name in settings:
            if not settings[name].isdecimal() or int(settings[name]) > 65_535:
                raise PortRefused(f"{name}={settings[name]}: a port is a number up to 65535.")
            if settings[name] != "0" and not is_free(int(settings[name])):
                raise PortRefused(
                    f"{name}={settings[name]}: that port is in use. Give another, or none to have one chosen."
                )
            continue
        candidates = [int(remembered[name])] if name in remembered else []
        taken = {int(port) for port in chosen.values()} | {
            int(settings[n]) for n in ports.DEFAULTS if n in settings
        }
        chosen[name] = str(
            next(
                port
                for source in (candidates, choose(name))
                for port in source
                if port not in taken and is_free(port)
            )
        )
    return chosen


def _addresses(settings: Mapping[str, str], password: str) -> dict[str, str]:
    host = settings.get("SUBVENUE_MEDIA_HOST", "127.0.0.1").split(",")[0]
    return {
        "SUBVENUE_EMBEDDED": ",".join(name for name in REPLACEABLE if name not in settings),
        "SUBVENUE_HOST": "127.0.0.1",
        "SUBVENUE_AMQP_URL": f"amqp://subvenue:{password}@127.0.0.1:{settings['SUBVENUE_BROKER_PORT']}/",
        "SUBVENUE_MONGODB_URL": f"mongodb://127.0.0.1:{settings['SUBVENUE_DOCUMENTS_PORT']}",
        "SUBVENUE_MEDIA_HOST": "127.0.0.1",
        "SUBVENUE_MEDIA_URL": f"http://{host}:{settings['SUBVENUE_MEDIA_PORT']}",
    }


def _files(run_dir: Path) -> dict[str, str]:
    return {
        "SUBVENUE_SEARCH_DIR": str(run_dir / "search"),
        "SUBVENUE_RECORDINGS_DIR": str(run_dir / "recordings"),
        "SUBVENUE_TOKEN_PRIVATE_KEY_FILE": str(run_dir / "secrets" / "token-private.pem"),
        "SUBVENUE_TOKEN_PUBLIC_KEY_FILE": str(run_dir / "secrets" / "token-public.pem"),
        "SUBVENUE_CAPABILITY_SECRET_FILE": str(run_dir / "secrets" / "capability"),
    }


def _remembered_node(remembered: Mapping[str, str]) -> str:
    """The broker's name among Erlang nodes: its data is kept under it, and it must be the only one so called."""
    return remembered.get("SUBVENUE_BROKER_NODE") or f"subvenue_{secrets.token_hex(4)}@127.0.0.1"


def _add(settings: dict[str, str], defaults: Mapping[str, str]) -> None:
    for name, value in defaults.items():
        settings.setdefault(name, value)
