"""Reads an SDP offer into what the node needs, and says clearly what is wrong with a bad one."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .credentials import is_ice_password, is_ice_token

LONGEST_OFFER = 256 * 1024  # bytes
_MOST_SECTIONS = 32
_MOST_LAYERS = 4
_DIRECTIONS = ("sendrecv", "sendonly", "recvonly", "inactive")
_MEDIA_LINE = re.compile(r"(\w+) (\d+)(?:/\d+)? ([A-Z/]+)((?: \S+)+)")


class BadOffer(ValueError):
    """The offer cannot be read or lacks what WebRTC requires; the message says what."""


@dataclass
class Codec:
    """One payload type of a media section. `name` is the encoding name in the case it is usually written in."""

    payload_type: int
    name: str
    clock_rate: int
    channels: int = 1
    parameters: dict[str, str] = field(default_factory=dict)
    feedback: set[str] = field(default_factory=set)


@dataclass
class Section:
    """One `m=` section. `extensions` maps the URI of a header extension to its id.

    `layers` are the RIDs of what the client sends at once (simulcast, RFC 8853).
    """

    kind: str
    profile: str
    formats: list[str]
    port: int
    mid: str = ""
    direction: str = "sendrecv"
    codecs: dict[int, Codec] = field(default_factory=dict)
    extensions: dict[str, int] = field(default_factory=dict)
    ice_fragment: str = ""
    ice_password: str = ""
    setup: str = ""
    fingerprints: list[tuple[str, str]] = field(default_factory=list)
    rtcp_mux: bool = False
    bundle_only: bool = False
    layers: tuple[str, ...] = ()

    @property
    def is_offered(self) -> bool:
        """Whether it can be used: port 0 also marks sections that exist in a bundle only (RFC 9143, 7.2.3)."""
        return self.port != 0 or self.bundle_only

    @property
    def sends(self) -> bool:
        """Whether the client means to send in this section."""
        return self.is_offered and self.direction in ("sendrecv", "sendonly")

    @property
    def receives(self) -> bool:
        """Whether the client means to receive in this section."""
        return self.is_offered and self.direction in ("sendrecv", "recvonly")


@dataclass
class Offer:
    """All sections in order, and the mids that share one transport."""

    sections: list[Section]
    bundle: list[str]


def parse_offer(text: str) -> Offer:
    """The offer in an SDP text. Raises `BadOffer`."""
    lines = text.splitlines()
    if not lines or lines[0].strip() != "v=0":
        raise BadOffer("an SDP offer begins with v=0")
    common = Section(kind="", profile="", formats=[], port=9)
    offer = Offer(sections=[], bundle=[])
    section = common
    for number, line in enumerate(lines, start=1):
        key, separator, value = line.strip().partition("=")
        if not line.strip():
            continue
        if not separator or len(key) != 1:
            raise BadOffer(f"line {number} is not of the form <letter>=<value>")
        try:
            if key == "m":
                section = _media(value, common)
                offer.sections.append(section)
            elif key == "a":
                _attribute(offer, section, value)
        except (ValueError, IndexError) as error:
            raise BadOffer(f"line {number}: {error}") from error
        if len(offer.sections) > _MOST_SECTIONS:
            raise BadOffer(f"more than {_MOST_SECTIONS} media sections")
    _require_webrtc(offer)
    return offer


def _media(value: str, common: Section) -> Section:
    """A new section, with what the session level said for all."""
    found = _MEDIA_LINE.fullmatch(value)
    if not found:
        raise ValueError("m= needs a kind, a port, a profile and formats")
    kind, port, profile, formats = found.groups()
    return Section(
        kind=kind,
        profile=profile,
        formats=formats.split(),
        port=int(port),
        direction=common.direction,
        ice_fragment=common.ice_fragment,
        ice_password=common.ice_password,
        setup=common.setup,
        fingerprints=list(common.fingerprints),
    )


def _attribute(offer: Offer, section: Section, attribute: str) -> None:
    """Takes in one `a=` line; those that the node has no use for are passed over."""
    name, _, value = attribute.partition(":")
    if name == "group" and value.startswith("BUNDLE"):
        offer.bundle = value.split()[1:]
    elif name == "mid":
        section.mid = _one_word(value, "a=mid")
    elif name == "ice-ufrag":
        section.ice_fragment = value.strip()
    elif name == "ice-pwd":
        section.ice_password = value.strip()
    elif name == "setup":
        section.setup = value.strip()
    elif name == "fingerprint":
        algorithm, digest = value.split()
        section.fingerprints.append((algorithm.lower(), digest))
    elif name == "rtcp-mux":
        section.rtcp_mux = True
    elif name == "bundle-only":
        section.bundle_only = True
    elif name in _DIRECTIONS:
        section.direction = name
    elif section.kind in ("audio", "video"):
        _media_attribute(section, name, value)


def _media_attribute(section: Section, name: str, value: str) -> None:
    """What describes the codecs and header extensions of a section."""
    if name == "rtpmap":
        number, encoding = value.split(None, 1)
        parts = encoding.strip().split("/")
        payload_type = int(number)
        if not 0 <= payload_type <= 127:
            raise ValueError("a payload type is between 0 and 127")
        channels = int(parts[2]) if len(parts) > 2 else 1
        section.codecs[payload_type] = Codec(payload_type, parts[0], int(parts[1]), channels)
    elif name == "fmtp":
        number, parameters = value.split(None, 1)
        if codec := section.codecs.get(int(number)):
            codec.parameters = _parameters(parameters)
    elif name == "rtcp-fb":
        number, feedback = value.split(None, 1)
        for codec in section.codecs.values():
            if number in ("*", str(codec.payload_type)):
                codec.feedback.add(feedback.strip())
    elif name == "simulcast":
        section.layers = _layers(value)
    elif name == "extmap":
        identifier, uri = value.split()[:2]
        section.extensions[uri] = _extension_id(identifier)


def _parameters(text: str) -> dict[str, str]:
    """`a=b; c` of an fmtp line, names in lower case."""
    pairs = (part.strip().partition("=") for part in text.split(";") if part.strip())
    return {name.lower(): value for name, _, value in pairs}


def _layers(value: str) -> tuple[str, ...]:
    """The RIDs of `send a;b;~c`: of alternatives the first, and those that are paused too."""
    words = value.split()
    if "send" not in words[:-1]:
        return ()
    names = [name.partition(",")[0].lstrip("~") for name in words[words.index("send") + 1].split(";")]
    if len(names) > _MOST_LAYERS or not all(re.fullmatch(r"[A-Za-z0-9]{1,16}", name) for name in names):
        raise ValueError(f"a=simulcast names at most {_MOST_LAYERS} layers in letters and digits")
    return tuple(names)


def _extension_id(text: str) -> int:
    identifier = int(text.partition("/")[0])
    if not 0 < identifier < 256:
        raise ValueError("a header extension id is between 1 and 255")
    return identifier


def _one_word(value: str, what: str) -> str:
    word = value.strip()
    if not re.fullmatch(r"[!-~]{1,32}", word):
        raise ValueError(f"{what} is one word of at most 32 characters")
    return word


def _inherit_transport(section: Section, tagged: Section) -> None:
    """What a section of the bundle leaves out is as in the bundle's first (RFC 9143, 7.1.3)."""
    if section.bundle_only and not section.ice_fragment:
        section.ice_fragment, section.ice_password = tagged.ice_fragment, tagged.ice_password
        section.fingerprints, section.setup = list(tagged.fingerprints), tagged.setup
        section.rtcp_mux = True


def _require_webrtc(offer: Offer) -> None:
    """What every WebRTC offer has: media, ICE credentials, a fingerprint, multiplexed RTCP, one bundle."""
    media = [s for s in offer.sections if s.kind in ("audio", "video") and s.is_offered]
    if not media:
        raise BadOffer("no audio or video section")
    for section in media[1:]:
        _inherit_transport(section, media[0])
    for section in media:
        what = f"the {section.kind} section"
        if not is_ice_token(section.ice_fragment):
            raise BadOffer(f"{what} has no usable a=ice-ufrag")
        if not is_ice_password(section.ice_password):
            raise BadOffer(f"{what} has no usable a=ice-pwd")
        if not section.fingerprints:
            raise BadOffer(f"{what} has no a=fingerprint")
        if section.setup not in ("actpass", "active", "passive"):
            raise BadOffer(f"{what} has no usable a=setup")
        if not section.rtcp_mux:
            raise BadOffer(f"{what} does not multiplex RTCP (a=rtcp-mux)")
        if len(media) > 1 and section.mid not in offer.bundle:
            raise BadOffer(f"{what} is outside the BUNDLE group")
