"""The offer of a node that pulls a session from another node: everything that nodes forward, receive only."""

from __future__ import annotations

from .negotiation import MID, RID

_AUDIO = ["a=rtpmap:111 opus/48000/2", "a=fmtp:111 minptime=10;useinbandfec=1"]
# Constrained baseline, baseline, main, high and constrained high: what browsers and encoders send.
_PROFILES = ("42e01f", "42001f", "4d001f", "64001f", "640c1f")
_FEEDBACK = ("nack", "nack pli", "ccm fir")


def write_pulling_offer(ice_fragment: str, ice_password: str, fingerprint: str) -> str:
    """One audio and one video section on one transport; all simulcast layers may come in the latter (RID)."""
    transport = [
        "c=IN IP4 0.0.0.0",
        f"a=ice-ufrag:{ice_fragment}",
        f"a=ice-pwd:{ice_password}",
        f"a=fingerprint:sha-256 {fingerprint}",
        "a=setup:actpass",
        "a=recvonly",
        "a=rtcp-mux",
        f"a=extmap:1 {MID}",
    ]
    numbers, video = _video()
    lines = ["v=0", "o=- 1 1 IN IP4 0.0.0.0", "s=-", "t=0 0", "a=group:BUNDLE 0 1"]
    lines += ["m=audio 9 UDP/TLS/RTP/SAVPF 111", "a=mid:0", *transport, *_AUDIO]
    lines += [f"m=video 9 UDP/TLS/RTP/SAVPF {numbers}", "a=mid:1", *transport, f"a=extmap:2 {RID}", *video]
    return "\r\n".join(lines) + "\r\n"


def _video() -> tuple[str, list[str]]:
    """Payload types from 96 on, each followed by its retransmissions."""
    codecs = [("VP8", "")] + [
        ("H264", f"level-asymmetry-allowed=1;packetization-mode=1;profile-level-id={p}") for p in _PROFILES
    ]
    numbers, lines = [], []
    for number, (name, parameters) in zip(range(96, 127, 2), codecs, strict=False):
        numbers += [str(number), str(number + 1)]
        lines.append(f"a=rtpmap:{number} {name}/90000")
        lines += [f"a=fmtp:{number} {parameters}"] if parameters else []
        lines += [f"a=rtcp-fb:{number} {kind}" for kind in _FEEDBACK]
        lines += [f"a=rtpmap:{number + 1} rtx/90000", f"a=fmtp:{number + 1} apt={number}"]
    return " ".join(numbers), lines
