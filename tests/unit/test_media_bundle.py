"""Sections that exist in a bundle only: port 0 does not mean rejected then (RFC 9143). GStreamer offers them."""

from __future__ import annotations

import pytest

from services.streaming.media.sdp.negotiation import agree_to_publish
from services.streaming.media.sdp.offer import BadOffer, parse_offer

OFFER = """v=0
o=- 1 0 IN IP4 0.0.0.0
s=-
t=0 0
a=ice-options:trickle
a=group:BUNDLE video0 audio1
m=video 9 UDP/TLS/RTP/SAVPF 96
c=IN IP4 0.0.0.0
a=setup:actpass
a=ice-ufrag:nNrH5H3HGtO5DCzX
a=ice-pwd:PLgyXlSFzvpKmwmFV3
a=rtcp-mux
a=sendrecv
a=rtpmap:96 VP8/90000
a=mid:video0
a=fingerprint:sha-256 2C:10
m=audio 0 UDP/TLS/RTP/SAVPF 111
c=IN IP4 0.0.0.0
a=sendrecv
a=rtpmap:111 OPUS/48000
a=mid:audio1
a=bundle-only
""".replace("PLgyXlSFzvpKmwmFV3", "PLgyXlSFzvpKmwmFV3longer")


def test_a_section_of_the_bundle_is_offered():
    """It has the transport of the bundle's first section, whether it says so again or not."""
    offer = parse_offer(OFFER)
    assert [format_.name for part in agree_to_publish(offer, {}).values() for format_ in part.formats] == [
        "VP8",
        "opus",
    ]
    first, second = offer.sections
    assert (second.ice_fragment, second.fingerprints) == (first.ice_fragment, first.fingerprints)


def test_port_0_alone_is_a_rejected_section():
    """Without `bundle-only` it is not offered; what is not in the bundle has no transport."""
    rejected = parse_offer(OFFER.replace("a=bundle-only\n", ""))
    assert list(agree_to_publish(rejected, {})) == [0]
    with pytest.raises(BadOffer, match="BUNDLE"):
        parse_offer(OFFER.replace("BUNDLE video0 audio1", "BUNDLE video0"))
