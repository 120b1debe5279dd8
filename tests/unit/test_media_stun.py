"""Checks of clients, as aioice writes them and as nobody should; the node's answers, as aioice reads them."""

from __future__ import annotations

import struct
import time

import pytest
from aioice import stun as aioice_stun
from hypothesis import given
from hypothesis import strategies as st

from services.streaming.media.ice import Agent, Agents
from services.streaming.media.stun import answer, parse_check, refuse_role

PASSWORD = "a-password-of-twenty-two-characters"
ADDRESSES = [("192.0.2.7", 50_000), ("2001:db8::7", 1), ("fe80::1%eth0", 9)]


def a_check(fragment="local", **attributes):
    """A binding request of aioice's, not signed yet."""
    check = aioice_stun.Message(aioice_stun.Method.BINDING, aioice_stun.Class.REQUEST)
    check.attributes["USERNAME"] = f"{fragment}:remote"
    check.attributes["PRIORITY"] = 1
    check.attributes.update({name.replace("_", "-"): value for name, value in attributes.items()})
    return check


def signed(check, password=PASSWORD):
    check.add_message_integrity(password.encode())
    return bytes(check)


def test_a_check_is_understood():
    """Whom it asks, whether it nominates, who it thinks decides, and whether it knows the password."""
    check = parse_check(signed(a_check(USE_CANDIDATE=None, ICE_CONTROLLING=7)))
    assert check is not None
    assert (check.fragment, check.nominates, check.controlled) == ("local", True, False)
    assert check.is_signed_with(PASSWORD)
    assert not check.is_signed_with(PASSWORD[:-1])
    plain = parse_check(signed(a_check(ICE_CONTROLLED=7)))
    assert plain is not None
    assert (plain.nominates, plain.controlled) == (False, True)


@pytest.mark.parametrize("address", ADDRESSES)
def test_answers_are_understood(address):
    """aioice finds the address and both signatures in them."""
    check = parse_check(signed(a_check()))
    message = aioice_stun.parse_message(answer(check, address, PASSWORD))
    assert message.attributes["XOR-MAPPED-ADDRESS"] == (address[0].partition("%")[0], address[1])
    assert message.transaction_id == check.transaction
    assert message.check_message_integrity(PASSWORD.encode())
    refusal = aioice_stun.parse_message(refuse_role(check, PASSWORD))
    assert refusal.error_code == 487
    assert refusal.check_message_integrity(PASSWORD.encode())


def test_what_is_no_check():
    """Unsigned, another message, cut anywhere, an attribute that must be understood: none of it is one."""
    assert parse_check(bytes(a_check())) is None
    indication = aioice_stun.Message(aioice_stun.Method.BINDING, aioice_stun.Class.INDICATION)
    assert parse_check(bytes(indication)) is None
    whole = signed(a_check())
    assert parse_check(whole) is not None
    for length in range(len(whole) - 8):  # the last eight are the fingerprint, which is not signed
        assert parse_check(whole[:length]) is None
    unknown = struct.pack("!HH4s", 0x0031, 4, b"what")
    assert (
        parse_check(whole[:2] + struct.pack("!H", len(whole) - 20 + 8) + whole[4:20] + unknown + whole[20:])
        is None
    )


def test_what_comes_after_the_signature_does_not_count():
    """Somebody on the way cannot nominate a path by adding an attribute."""
    whole = signed(a_check())[:-8]
    forged = whole + struct.pack("!HH", 0x0025, 0)
    check = parse_check(forged[:2] + struct.pack("!H", len(forged) - 20) + forged[4:])
    assert check is not None
    assert check.is_signed_with(PASSWORD)
    assert not check.nominates


@given(st.binary(max_size=200))
def test_anything_may_come(data):
    """Whatever comes, nothing is raised, and nothing of it is signed."""
    agents = Agents()
    assert agents.recognise(data, ADDRESSES[0]) is None


@given(st.data())
def test_a_check_with_one_octet_changed(data):
    """It is no check, or its signature does not hold, or the octet was of the fingerprint."""
    whole = bytearray(signed(a_check(USE_CANDIDATE=None)))
    position = data.draw(st.integers(0, len(whole) - 9))
    whole[position] ^= data.draw(st.integers(1, 255))
    check = parse_check(bytes(whole))
    assert check is None or not check.is_signed_with(PASSWORD)


def test_a_flood_of_forged_checks_is_cheap_and_leaves_nothing():
    """Ten thousand checks for a peer that exists, without its password: no answer, no path, little time."""
    agents = Agents()
    agent = Agent(agents)
    forged = signed(a_check(agent.local.fragment), "not the password, but long enough")
    began = time.process_time()
    for _ in range(10_000):
        assert agents.recognise(forged, ADDRESSES[0]) is None
    took = time.process_time() - began
    assert agent.paths == 0
    assert took < 5, f"{took / 10_000 * 1e6:.0f} µs a check"
