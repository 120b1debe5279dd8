"""Texts that clients may send, made by hypothesis: read, or refused by name, and never anything else."""

from __future__ import annotations

from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from services.streaming.media.sdp.answer import Transport, write_answer
from services.streaming.media.sdp.fragment import BadFragment, parse_fragment, write_fragment
from services.streaming.media.sdp.negotiation import NoCommonCodec, agree_to_publish, agree_to_watch
from services.streaming.media.sdp.offer import BadOffer, parse_offer
from services.streaming.media.sdp.pulling import write_pulling_offer
from services.streaming.media.viewer import new_streams

TRANSPORT = Transport("ufrag", "password", "passive", [("sha-256", "AA")], ["1 udp 1 127.0.0.1 4000 typ host"])
GOOD = write_pulling_offer("fragment", "p" * 24, "AA:BB").split("\r\n")

VOCABULARY = """
a= m= v= c= a=mid: a=rtpmap: a=fmtp: a=extmap: a=rtcp-fb: a=group:BUNDLE a=ice-ufrag: a=ice-pwd: a=candidate: / :
audio video application 0 9 -1 96 111 127 128 999999999999 ٣ VP8/90000 opus/48000/2 H264/90000 \x00 é * sha-256
UDP/TLS/RTP/SAVPF sendrecv recvonly inactive a=setup: actpass a=fingerprint: ; =
"""
WORDS = st.sampled_from(VOCABULARY.split())
LINE = st.lists(WORDS, max_size=8).map(" ".join) | st.text(max_size=60)
FRAGMENT_LINE = st.sampled_from(
    [
        "a=ice-ufrag:abcd",
        "a=ice-ufrag:efgh",
        "a=ice-pwd:" + "p" * 22,
        "a=candidate:1 1 udp 1 192.0.2.1 1 typ host",
        "a=candidate:1 1 udp 1 x.local 1 typ host",
        "a=end-of-candidates",
        "m=audio 9 RTP/AVP 0",
    ]
)


@given(st.lists(LINE, max_size=12).map("\r\n".join))
def test_any_text_for_an_offer(text):
    """Neither raises anything but `BadOffer`."""
    for offer in (text, "v=0\r\n" + text):
        with suppress(BadOffer):
            parse_offer(offer)


@given(st.data())
def test_good_offers_with_lines_changed(data):
    """A line replaced, doubled or lost: an answer that names every section, or a refusal."""
    lines = list(GOOD)
    for _ in range(data.draw(st.integers(1, 4))):
        position = data.draw(st.integers(0, len(lines) - 1))
        change = data.draw(st.sampled_from(["replace", "double", "lose"]))
        if change == "replace":
            lines[position] = data.draw(LINE)
        elif change == "double":
            lines.insert(position, lines[position])
        elif len(lines) > 1:
            del lines[position]
    for agree in (
        lambda offer: agree_to_publish(offer, {}),
        lambda offer: agree_to_watch(offer, {}, new_streams("x")),
    ):
        try:
            offer = parse_offer("\r\n".join(lines))
            text = write_answer(offer, agree(offer), TRANSPORT)
        except (BadOffer, NoCommonCodec):
            continue
        assert text.count("\r\nm=") == len(offer.sections)
        assert "\n" not in text.replace("\r\n", "")


@given(st.lists(LINE | FRAGMENT_LINE, max_size=12).map("\r\n".join))
def test_any_text_for_a_fragment(text):
    """Read, or refused with `BadFragment`."""
    try:
        found = parse_fragment(text)
    except BadFragment:
        return
    assert found.ice_fragment or found.candidates or found.ended


@given(st.lists(FRAGMENT_LINE, min_size=1, max_size=12))
def test_fragments_of_good_lines(lines):
    """Only what contradicts itself or says nothing is refused."""
    text = "\r\n".join(lines)
    says = any(line.startswith(("a=ice-ufrag", "a=candidate", "a=end")) for line in lines)
    several = {"a=ice-ufrag:abcd", "a=ice-ufrag:efgh"} <= set(lines)
    lonely = "ice-pwd" in text and "ice-ufrag" not in text
    try:
        found = parse_fragment(text)
    except BadFragment:
        assert several or lonely or not says
        return
    assert not several
    assert not lonely
    assert found.candidates == sum(line.startswith("a=candidate") for line in lines)


def test_what_the_node_writes_it_can_read():
    """Its own answer to a restart."""
    found = parse_fragment(write_fragment(Transport("abcd", "p" * 24, "passive", [], TRANSPORT.candidates)))
    assert (found.ice_fragment, found.ice_password, found.candidates, found.ended) == ("abcd", "p" * 24, 1, True)
