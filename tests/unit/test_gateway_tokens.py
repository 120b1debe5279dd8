"""Only an unexpired token that registration signed for us opens anything."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.unit.gateway_fakes import SIGNING_KEY, FakeBus, a_gateway, a_token, signed

FOREIGN_KEY = Ed25519PrivateKey.generate()
PUBLIC_PEM = SIGNING_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
CLAIMS = {
    "sub": "att-1",
    "roles": ["operator"],
    "iss": "subvenue",
    "aud": "subvenue",
    "iat": 1,
    "exp": 4_000_000_000,
}


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    bus = FakeBus()
    with a_gateway(bus, tmp_path_factory.mktemp("gateway")) as client:
        yield bus, client


@pytest.fixture
def bus(gateway):
    return gateway[0].forget({"registration.get_me": {"id": "att-1"}, "jobs.get_vacancy": {"id": "v1"}})


@pytest.fixture
def client(gateway, bus):
    return gateway[1]


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def signed_with_our_public_key_as_secret() -> str:
    """The classic confusion: HS256 with the public key's text. PyJWT refuses to make it, so by hand."""
    head = f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{part(CLAIMS)}"
    signature = hmac.new(PUBLIC_PEM, head.encode(), hashlib.sha256).digest()
    return f"{head}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


FORGED = {
    "none": f"{part({'alg': 'none'})}.{part(CLAIMS)}.",
    "public key as HMAC secret": signed_with_our_public_key_as_secret(),
    "another algorithm": jwt.encode(CLAIMS, generate_private_key(65537, 2048), algorithm="RS256"),
    "another key": a_token(key=FOREIGN_KEY),
    "another key named by the token": jwt.encode(
        CLAIMS, FOREIGN_KEY, algorithm="EdDSA", headers={"jku": "http://127.0.0.1/keys", "kid": "x"}
    ),
    "expired": a_token(exp=int(time.time()) - 1),
    "another issuer": a_token(iss="someone"),
    "another audience": a_token(aud="someone"),
    "no expiry": jwt.encode({k: v for k, v in CLAIMS.items() if k != "exp"}, SIGNING_KEY, algorithm="EdDSA"),
    "no subject": jwt.encode({k: v for k, v in CLAIMS.items() if k != "sub"}, SIGNING_KEY, algorithm="EdDSA"),
    "roles of a wrong shape": jwt.encode({**CLAIMS, "roles": {"$ne": 1}}, SIGNING_KEY, "EdDSA"),
    "not a token": "abc",
}


@pytest.mark.parametrize("token", FORGED.values(), ids=FORGED.keys())
@pytest.mark.parametrize("address", ["/api/v1/me", "/api/v1/vacancies/v1"])
def test_bad_token_is_401(client, bus, token, address):
    """A bad token is refused with a challenge, also where none is needed, and no service is asked."""
    response = client.get(address, headers={"Authorization": f"Bearer {token}"})
    assert response.status_code == 401
    assert response.headers["www-authenticate"].startswith("Bearer")
    assert response.headers["content-type"] == "application/problem+json"
    assert bus.calls == []


def test_no_token_where_one_is_needed(client, bus):
    """401 that says what to do."""
    response = client.get("/api/v1/me")
    assert response.status_code == 401
    assert "Bearer" in response.json()["detail"]
    assert bus.calls == []


def test_other_schemes_are_refused(client):
    """Basic authentication is not ours."""
    assert client.get("/api/v1/me", headers={"Authorization": "Basic eDp5"}).status_code == 401


def test_good_token_names_the_actor(client, bus):
    """The service gets subject and roles of the token, and nothing a client says beside it."""
    response = client.get("/api/v1/me", headers=signed(roles=("attendee", "operator")))
    assert response.status_code == 200
    assert bus.calls == [("registration.get_me", {"actor": {"id": "att-1", "roles": ["attendee", "operator"]}})]


@pytest.mark.parametrize("jump", [3600, -3600])
def test_a_clock_that_jumps_refuses_nobody(client, bus, monkeypatch, jump):
    """By an hour, forwards or back: a token of a day is good before and after, and one from the future is none."""
    now = int(time.time())
    header = signed(iat=now - 60, exp=now + 86_400)
    bus.forget({"registration.get_me": {"id": "att-1"}})
    fresh = signed(iat=now + 3600, exp=now + 86_400)  # signed before our clock was set back
    monkeypatch.setattr(time, "time", lambda: now + jump)
    assert client.get("/api/v1/me", headers=header).status_code == 200
    assert client.get("/api/v1/me", headers=fresh).status_code == 200


def test_public_reads_need_no_token(client, bus):
    """A vacancy is public."""
    assert client.get("/api/v1/vacancies/v1").status_code == 200
    assert bus.calls == [("jobs.get_vacancy", {"vacancy_id": "v1"})]


def test_key_that_is_not_there_yet(client, bus, tmp_path):
    """Before registration has made its key: 503 for tokens, not ready, and public reads work."""
    with a_gateway(bus, tmp_path) as late:
        (tmp_path / "token.pub").unlink()
        assert late.get("/api/v1/me", headers={"Authorization": f"Bearer {a_token()}"}).status_code == 503
        assert late.get("/readyz").json()["checks"]["token_key"] is False
        assert late.get("/api/v1/vacancies/v1").status_code == 200
