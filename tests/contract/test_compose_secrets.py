"""deploy/docker/make-env makes exactly what docker-compose.yml asks for."""

import re
import stat
import subprocess
from pathlib import Path

import pytest
import yaml
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = (ROOT / "docker-compose.yml").read_text()


def make_env(target: Path) -> None:
    """Runs the command for `target` instead of the repository."""
    subprocess.run([ROOT / "deploy/docker/make-env", target], check=True, capture_output=True)


def variables(target: Path) -> dict[str, str]:
    """What `target`/.env sets."""
    lines = (target / ".env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line)


@pytest.fixture
def made(tmp_path):
    """A directory for which make-env has run once."""
    make_env(tmp_path)
    return tmp_path


def test_every_required_variable_is_made(made):
    """After make-env, Compose misses nothing; and nothing is made that nobody reads."""
    required = set(re.findall(r"\$\{(\w+):\?", COMPOSE))
    assert variables(made).keys() == required


def test_every_secret_file_is_made(made):
    """The files that the stack binds as secrets are there, and no others."""
    wanted = {Path(secret["file"]) for secret in yaml.safe_load(COMPOSE)["secrets"].values()}
    found = {path.relative_to(made) for path in (made / "deploy/docker/secrets").iterdir()}
    assert found == wanted


def test_passwords_are_long_different_and_fit_into_a_url(made, tmp_path_factory):
    """192 bits each, hexadecimal; another run makes others."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    make_env(elsewhere)
    passwords = [*variables(made).values(), *variables(elsewhere).values()]
    assert all(re.fullmatch(r"[0-9a-f]{48}", password) for password in passwords)
    assert len(set(passwords)) == len(passwords)


def test_the_token_keys_are_one_ed25519_pair(made):
    """Registration signs with the one, the gateway verifies with the other."""
    secrets = made / "deploy/docker/secrets"
    private = load_pem_private_key((secrets / "token_private_key.pem").read_bytes(), password=None)
    public = load_pem_public_key((secrets / "token_public_key.pem").read_bytes())
    form = (Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    assert private.public_key().public_bytes(*form) == public.public_bytes(*form)
    assert type(public).__name__ == "Ed25519PublicKey"


def test_the_database_key_file_is_one_that_mongod_accepts(made):
    """6 to 1,024 characters of base64, white space aside."""
    text = (made / "deploy/docker/secrets/mongodb_keyfile").read_text()
    assert re.fullmatch(r"[A-Za-z0-9+/=]{6,1024}", re.sub(r"\s", "", text))


def test_other_users_of_the_machine_cannot_read_them(made):
    """.env is its owner's; the key files are readable for containers, behind a directory that is closed."""
    secrets = made / "deploy/docker/secrets"
    assert stat.S_IMODE((made / ".env").stat().st_mode) == 0o600
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in secrets.iterdir()} == {0o444}


def test_a_second_run_changes_nothing(made):
    """Secrets that a running stack uses are never replaced."""
    before = {path: path.read_text() for path in made.rglob("*") if path.is_file()}
    make_env(made)
    assert {path: path.read_text() for path in made.rglob("*") if path.is_file()} == before


def test_what_the_owner_wrote_is_kept(tmp_path):
    """An existing .env keeps its lines, one without a line end too, and only what is missing is added."""
    (tmp_path / ".env").write_text("SUBVENUE_PORT=9000\nTURN_SECRET=chosen")
    make_env(tmp_path)
    assert variables(tmp_path)["SUBVENUE_PORT"] == "9000"
    assert variables(tmp_path)["TURN_SECRET"] == "chosen"
    assert len(variables(tmp_path)["RABBITMQ_PASSWORD"]) == 48
