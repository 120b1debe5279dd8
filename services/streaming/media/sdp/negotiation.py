"""What the node agrees to: which sections, codecs and header extensions of an offer."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from .answer import Agreed, Stream
from .codecs import Format, known_formats, matching
from .offer import BadOffer, Offer, Section

MID = "urn:ietf:params:rtp-hdrext:sdes:mid"
RID = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
REPAIRED_RID = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"
TRANSPORT_CC = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"

_PUBLISHER_EXTENSIONS = (MID, RID, REPAIRED_RID, TRANSPORT_CC)
_PUBLISHER_FEEDBACK = ("transport-cc", "nack", "nack pli", "ccm fir")
# kbit/s. Chromium begins at 300 and scales the picture down to fit; from here it begins sharp, and its first
# probes reach higher. Nobody else reads it.
_START_BITRATE = {"x-google-start-bitrate": "1200"}
_VIEWER_FEEDBACK = ("nack", "nack pli", "ccm fir", "goog-remb")


class NoCommonCodec(Exception):
    """The client and the node, or the client and the publisher, share no codec; the message says of which kind."""


def agree_to_publish(offer: Offer, current: Mapping[str, Format]) -> dict[int, Agreed]:
    """One audio and one video section at most (RFC 9725), each with the one codec that will be forwarded.

    `current` are the formats by kind that the stage has now: a publisher who replaces another gets the same codec
    if it can, so that the viewers play on. Otherwise it is H264 where the publisher has it, since HLS knows no
    VP8; else the publisher's first choice.
    """
    agreed = {}
    for kind, (i, section) in _first_of_each_kind(offer, sending=True).items():
        formats = known_formats(section)
        if not formats:
            raise NoCommonCodec(f"no codec of the {kind} section can be forwarded")
        wanted = current.get(kind)
        chosen = (matching(formats, wanted) if wanted else None) or _preferred(formats)
        extensions = {uri: section.extensions[uri] for uri in _PUBLISHER_EXTENSIONS if uri in section.extensions}
        if kind == "video":
            codec = dataclasses.replace(chosen.codec, parameters=chosen.codec.parameters | _START_BITRATE)
            chosen = dataclasses.replace(chosen, codec=codec)
        layers = section.layers if kind == "video" and RID in extensions else ()
        agreed[i] = Agreed("recvonly", [chosen], extensions, _PUBLISHER_FEEDBACK, layers=layers)
    if not agreed:
        raise BadOffer("the offer sends neither audio nor video")
    return agreed


def _preferred(formats: list[Format]) -> Format:
    return next((format_ for format_ in formats if format_.name == "H264"), formats[0])


def agree_to_watch(
    offer: Offer, current: Mapping[str, Format], streams: Mapping[str, Stream]
) -> dict[int, Agreed]:
    """Every codec that the viewer and the node share, that of the publisher first.

    So a later publisher with another codec still reaches this viewer without a new offer. `streams` are what the
    node would send, by kind.
    """
    agreed = {}
    for kind, (i, section) in _first_of_each_kind(offer, sending=False).items():
        formats = known_formats(section)
        wanted = current.get(kind)
        if wanted is not None:
            first = matching(formats, wanted)
            if first is None:
                raise NoCommonCodec(f"the {kind} is {wanted.name}, which the offer does not take")
            formats = [first, *(format_ for format_ in formats if format_ is not first)]
        if not formats:
            continue
        extensions = {MID: section.extensions[MID]} if MID in section.extensions else {}
        stream = streams[kind]
        if not any(format_.rtx for format_ in formats):
            stream = dataclasses.replace(stream, rtx_ssrc=None)
        agreed[i] = Agreed("sendonly", formats, extensions, _VIEWER_FEEDBACK, stream)
    if not agreed:
        raise BadOffer("the offer receives neither audio nor video in a codec that can be forwarded")
    return agreed


def with_layers(agreed: dict[int, Agreed], offer: Offer, layers: tuple[str, ...]) -> dict[int, Agreed]:
    """`agreed` with all layers of a publisher, for a node that passes them on; `offer` is that node's."""
    return {
        i: dataclasses.replace(
            part, layers=layers, extensions=part.extensions | {RID: offer.sections[i].extensions[RID]}
        )
        if layers and offer.sections[i].kind == "video" and RID in offer.sections[i].extensions
        else part
        for i, part in agreed.items()
    }


def _first_of_each_kind(offer: Offer, sending: bool) -> dict[str, tuple[int, Section]]:
    """The first usable section of each kind; further ones are rejected in the answer."""
    found: dict[str, tuple[int, Section]] = {}
    for i, section in enumerate(offer.sections):
        usable = section.sends if sending else section.receives
        if section.kind in ("audio", "video") and usable and section.kind not in found:
            found[section.kind] = (i, section)
    return found
