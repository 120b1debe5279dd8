"""Who may publish, watch and leave."""

from __future__ import annotations

import time

import jwt
import pytest

from services.streaming.media.capabilities import Capabilities, InvalidCapability, WrongCapability

SECRET = b"a secret of sixty-four bytes, " * 3
CLAIMS = {
    "sub": "attendee-1",
    "sid": "session-1",
    "role": "publish",
    "node": "media-1",
    "iss": "subvenue-streaming",
    "aud": "subvenue-media",
}


def a_header(secret=SECRET, algorithm="HS256", without=(), **claims):
    content = {"exp": int(time.time()) + 60} | CLAIMS | claims
    for name in without:
        del content[name]
    return "Bearer " + jwt.encode(content, secret, algorithm=algorithm)


@pytest.fixture
def gate() -> Capabilities:
    return Capabilities(SECRET, "media-1")


def test_the_right_one_opens(gate):
    """Session, role and node fit: the bearer is who the capability names."""
    assert gate.check(a_header(), "session-1", "publish").sub == "attendee-1"


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Basic abc",
        "Bearer ",
        "Bearer not.a.token",
        a_header(secret=b"another secret of that length, " * 3),
        a_header(algorithm="HS512"),
        a_header(algorithm="none", secret=None),
        a_header(exp=int(time.time()) - 1),
        a_header(iss="somebody"),
        a_header(aud="subvenue"),
        a_header(role="admin"),
        a_header(sub=7),
        *(a_header(without=[name]) for name in (*CLAIMS, "exp")),
    ],
)
def test_forged_expired_and_malformed_ones_do_not(gate, header):
    """Each is refused as no capability at all."""
    with pytest.raises(InvalidCapability):
        gate.check(header, "session-1", "publish")


@pytest.mark.parametrize("other", [{"sid": "session-2"}, {"role": "watch"}, {"node": "media-2"}])
def test_genuine_ones_for_something_else_do_not(gate, other):
    """Another session, role or node is not this one."""
    with pytest.raises(WrongCapability):
        gate.check(a_header(**other), "session-1", "publish")


def test_leaving_needs_no_fresh_one(gate):
    """An expired capability still lets its bearer leave, but only if it is genuine and fits."""
    expired = int(time.time()) - 3600
    assert gate.check(a_header(exp=expired), "session-1", "publish", expired=True)
    with pytest.raises(WrongCapability):
        gate.check(a_header(exp=expired), "session-2", "publish", expired=True)
    with pytest.raises(InvalidCapability):
        gate.check(a_header(secret=b"another secret of that length, " * 3), "session-1", "publish", expired=True)
