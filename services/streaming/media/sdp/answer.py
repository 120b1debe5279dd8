"""Writes the node's SDP answer."""

from __future__ import annotations

from dataclasses import dataclass, field

from .codecs import Format
from .offer import Offer, Section


@dataclass(frozen=True)
class Transport:
    """The node's side of the one bundled transport of a peer. Candidates come without their foundation."""

    ice_fragment: str
    ice_password: str
    setup: str
    fingerprints: list[tuple[str, str]]
    candidates: list[str]


@dataclass(frozen=True)
class Stream:
    """A stream that the node sends: its SSRC, that of its retransmissions, and the names that belong to it."""

    ssrc: int
    cname: str
    stream_id: str
    rtx_ssrc: int | None = None


@dataclass(frozen=True)
class Agreed:
    """What the node accepts of one section.

    `feedback` are the rtcp-fb values it acts on, `layers` the names of the simulcast layers it takes.
    """

    direction: str
    formats: list[Format]
    extensions: dict[str, int] = field(default_factory=dict)
    feedback: tuple[str, ...] = ()
    stream: Stream | None = None
    layers: tuple[str, ...] = ()


def write_answer(offer: Offer, agreed: dict[int, Agreed], transport: Transport) -> str:
    """The answer to `offer`. Sections by their position in `agreed` are accepted, all others rejected."""
    bundle = " ".join(offer.sections[i].mid for i in sorted(agreed))
    lines = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=ice-lite", "a=msid-semantic: WMS *"]
    if bundle.strip():
        lines.append(f"a=group:BUNDLE {bundle}")
    for i, section in enumerate(offer.sections):
        if i in agreed:
            lines += _accepted(section, agreed[i], transport)
        else:
            lines += _rejected(section)
    return "\r\n".join(lines) + "\r\n"


def _rejected(section: Section) -> list[str]:
    lines = [f"m={section.kind} 0 {section.profile} {' '.join(section.formats)}", "c=IN IP4 0.0.0.0"]
    return [*lines, *([f"a=mid:{section.mid}"] if section.mid else []), "a=inactive"]


def _accepted(section: Section, agreed: Agreed, transport: Transport) -> list[str]:
    numbers = [
        str(number)
        for format_ in agreed.formats
        for number in (format_.codec.payload_type, format_.rtx)
        if number is not None
    ]
    lines = [f"m={section.kind} 9 {section.profile} {' '.join(numbers)}", "c=IN IP4 0.0.0.0"]
    lines += [f"a=mid:{section.mid}"] if section.mid else []
    lines += [f"a={agreed.direction}", "a=rtcp-mux", "a=rtcp-rsize"]
    lines += _transport(transport)
    lines += [f"a=extmap:{number} {uri}" for uri, number in agreed.extensions.items()]
    for format_ in agreed.formats:
        lines += _format(format_, agreed.feedback)
    if agreed.layers:  # RFC 8853
        way = "send" if agreed.direction == "sendonly" else "recv"
        lines += [f"a=rid:{layer} {way}" for layer in agreed.layers]
        lines.append(f"a=simulcast:{way} {';'.join(agreed.layers)}")
    if agreed.stream is not None:
        lines += _stream(section.kind, agreed.stream)
    return lines


def _transport(transport: Transport) -> list[str]:
    lines = [f"a=ice-ufrag:{transport.ice_fragment}", f"a=ice-pwd:{transport.ice_password}"]
    lines += [f"a=fingerprint:{algorithm} {digest}" for algorithm, digest in transport.fingerprints]
    lines.append(f"a=setup:{transport.setup}")
    return [*lines, *candidate_lines(transport.candidates)]


def candidate_lines(candidates: list[str]) -> list[str]:
    """All candidates of the node, and that there are no more (RFC 8840)."""
    lines = [f"a=candidate:{i} {candidate}" for i, candidate in enumerate(candidates, start=1)]
    return [*lines, "a=end-of-candidates"]


def _format(format_: Format, feedback: tuple[str, ...]) -> list[str]:
    codec = format_.codec
    number = codec.payload_type
    channels = f"/{codec.channels}" if codec.channels > 1 else ""
    lines = [f"a=rtpmap:{number} {codec.name}/{codec.clock_rate}{channels}"]
    if codec.parameters:
        lines.append(f"a=fmtp:{number} " + ";".join(_pair(*item) for item in codec.parameters.items()))
    lines += [f"a=rtcp-fb:{number} {kind}" for kind in feedback if kind in codec.feedback]
    if format_.rtx is not None:
        lines.append(f"a=rtpmap:{format_.rtx} rtx/{codec.clock_rate}")
        lines.append(f"a=fmtp:{format_.rtx} apt={number}")
    return lines


def _pair(name: str, value: str) -> str:
    return f"{name}={value}" if value else name


def _stream(kind: str, stream: Stream) -> list[str]:
    lines = [f"a=msid:{stream.stream_id} {stream.stream_id}-{kind}"]
    ssrcs = [stream.ssrc]
    if stream.rtx_ssrc is not None:
        ssrcs.append(stream.rtx_ssrc)
        lines.append(f"a=ssrc-group:FID {stream.ssrc} {stream.rtx_ssrc}")
    return lines + [f"a=ssrc:{ssrc} cname:{stream.cname}" for ssrc in ssrcs]
