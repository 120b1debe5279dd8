"""Offers read, bad ones named, and what the node agrees to."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.streaming.media.sdp.answer import Stream, Transport, write_answer
from services.streaming.media.sdp.codecs import known_formats, matching
from services.streaming.media.sdp.negotiation import (
    MID,
    TRANSPORT_CC,
    NoCommonCodec,
    agree_to_publish,
    agree_to_watch,
)
from services.streaming.media.sdp.offer import BadOffer, parse_offer

STREAMS = {"audio": Stream(11, "c", "s"), "video": Stream(22, "c", "s", rtx_ssrc=23)}
CANDIDATE = "1 udp 2130706431 127.0.0.1 4000 typ host"
TRANSPORT = Transport("ufrag", "password", "passive", [("sha-256", "AA:BB")], [CANDIDATE])
AUDIO = """m=audio 9 UDP/TLS/RTP/SAVPF 111 0
a=mid:0
a={direction}
a=rtcp-mux
a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid
a=rtpmap:111 opus/48000/2
a=fmtp:111 minptime=10;useinbandfec=1
a=rtpmap:0 PCMU/8000
"""
VIDEO = """m=video 9 UDP/TLS/RTP/SAVPF 96 97 102 103 104 45
a=mid:1
a={direction}
a=rtcp-mux
a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid
a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
a=rtpmap:96 VP8/90000
a=rtcp-fb:96 nack
a=rtcp-fb:96 nack pli
a=rtcp-fb:96 transport-cc
a=rtpmap:97 rtx/90000
a=fmtp:97 apt=96
a=rtpmap:102 H264/90000
a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f
a=rtpmap:103 H264/90000
a=fmtp:103 packetization-mode=0;profile-level-id=42e01f
a=rtpmap:104 H264/90000
a=fmtp:104 packetization-mode=1;profile-level-id=42001f
a=rtpmap:45 AV1/90000
"""
HEAD = """v=0
o=- 1 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0 1
a=ice-ufrag:abcd
a=ice-pwd:abcdefghijklmnopqrstuv
a=fingerprint:sha-256 AA:BB:CC
a=setup:actpass
"""


def an_offer(direction="sendonly", audio=AUDIO, video=VIDEO, head=HEAD):
    return (head + audio + video).replace("{direction}", direction).replace("\n", "\r\n")


def test_reads_codecs_extensions_and_credentials():
    """What the session level says holds for all sections; what the sections say is theirs."""
    offer = parse_offer(an_offer())
    audio, video = offer.sections
    assert offer.bundle == ["0", "1"]
    assert (audio.ice_fragment, audio.setup) == ("abcd", "actpass")
    assert audio.codecs[111].channels == 2
    assert video.extensions[TRANSPORT_CC] == 3
    assert video.codecs[96].feedback == {"nack", "nack pli", "transport-cc"}
    assert video.codecs[102].parameters["packetization-mode"] == "1"
    assert video.sends
    assert not video.receives


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "begins with v=0"),
        ("hello", "begins with v=0"),
        ("v=0\nnonsense", "line 2"),
        (an_offer(audio="", video=""), "no audio or video"),
        (an_offer().replace("a=ice-ufrag:abcd", "a=ice-ufrag:a"), "ice-ufrag"),
        (an_offer().replace("a=ice-pwd:abcdefghijklmnopqrstuv", "a=x"), "ice-pwd"),
        (an_offer().replace("a=fingerprint:sha-256 AA:BB:CC", "a=x"), "fingerprint"),
        (an_offer().replace("a=fingerprint:sha-256 AA:BB:CC", "a=fingerprint:x"), "line 8"),
        (an_offer().replace("a=setup:actpass", "a=setup:holdconn"), "setup"),
        (an_offer().replace("a=rtcp-mux", "a=x"), "rtcp-mux"),
        (an_offer().replace("BUNDLE 0 1", "BUNDLE 0"), "BUNDLE"),
        (an_offer().replace("m=video 9", "m=video nine"), "m= needs"),
        (an_offer().replace("rtpmap:96 VP8/90000", "rtpmap:ninety VP8/90000"), "line"),
        (an_offer().replace("rtpmap:96 VP8/90000", "rtpmap:960 VP8/90000"), "between 0 and 127"),
        (an_offer().replace("a=extmap:3", "a=extmap:999"), "between 1 and 255"),
        (an_offer().replace("a=mid:1", "a=mid:" + "x" * 100), "a=mid"),
        (an_offer(video=VIDEO * 40), "more than 32"),
    ],
)
def test_bad_offers_are_named(text, says):
    """Each fault has a message that says what and, where it is one line, which."""
    with pytest.raises(BadOffer, match=says):
        parse_offer(text)


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text):
    """No text makes the parser fail in another way."""
    with contextlib.suppress(BadOffer):
        parse_offer("v=0\n" + text)


@given(st.lists(st.sampled_from(an_offer().splitlines()), max_size=60), st.text(max_size=20), st.integers(0, 59))
def test_any_shuffle_of_lines_is_read_or_refused(lines, junk, where):
    """Lines of a good offer in any order, with junk among them, never make it fail in another way."""
    lines.insert(where, "a=" + junk)
    with contextlib.suppress(BadOffer, NoCommonCodec):
        agree_to_publish(parse_offer("v=0\n" + "\n".join(lines)), {})


def test_publisher_gets_one_codec():
    """H264 where it has it, whatever its order is: HLS knows no VP8."""
    agreed = agree_to_publish(parse_offer(an_offer()), {})
    assert [(i, part.formats[0].name) for i, part in agreed.items()] == [(0, "opus"), (1, "H264")]


def test_publisher_without_h264_gets_its_first_choice():
    """With feedback and the extension that congestion control needs."""
    agreed = agree_to_publish(parse_offer(an_offer(video=VIDEO.replace("H264", "H265"))), {})
    assert [(i, part.formats[0].name) for i, part in agreed.items()] == [(0, "opus"), (1, "VP8")]
    assert agreed[1].formats[0].rtx == 97
    assert agreed[1].extensions == {MID: 1, TRANSPORT_CC: 3}
    assert agreed[1].direction == "recvonly"
    assert agreed[1].formats[0].codec.parameters["x-google-start-bitrate"] == "1200"


def test_second_publisher_gets_the_codec_of_the_first():
    """So that those who watch need no new negotiation."""
    offer = parse_offer(an_offer())
    h264 = known_formats(offer.sections[1])[1]
    agreed = agree_to_publish(offer, {"video": h264})
    assert agreed[1].formats[0].codec.payload_type == h264.codec.payload_type


def test_viewer_may_have_every_codec_the_publisher_s_first():
    """The profile that is published comes first, and what else both know follows."""
    offer = parse_offer(an_offer("recvonly"))
    published = known_formats(offer.sections[1])[2]
    assert published.codec.payload_type == 104
    agreed = agree_to_watch(offer, {"video": published}, STREAMS)
    assert [f.codec.payload_type for f in agreed[1].formats] == [104, 96, 102]
    assert agreed[1].stream == STREAMS["video"]
    assert agreed[1].direction == "sendonly"


def test_a_profile_that_the_viewer_lacks_is_sent_as_another():
    """Rather another H264 profile than no picture."""
    section = parse_offer(an_offer("recvonly")).sections[1]
    _, baseline_constrained, baseline = known_formats(section)
    assert matching([baseline_constrained], baseline) is baseline_constrained


def test_no_common_codec_is_said():
    """For publishers whose codecs nobody forwards, and viewers who lack the publisher's."""
    av1 = VIDEO.replace("96 97 102 103 104 45", "45")
    with pytest.raises(NoCommonCodec, match="video"):
        agree_to_publish(parse_offer(an_offer(video=av1)), {})
    published = known_formats(parse_offer(an_offer()).sections[1])[0]
    with pytest.raises(NoCommonCodec, match="VP8"):
        agree_to_watch(parse_offer(an_offer("recvonly", video=av1)), {"video": published}, STREAMS)


def test_directions_must_fit():
    """Who only receives cannot publish, who only sends cannot watch."""
    with pytest.raises(BadOffer, match="sends neither"):
        agree_to_publish(parse_offer(an_offer("recvonly")), {})
    with pytest.raises(BadOffer, match="receives neither"):
        agree_to_watch(parse_offer(an_offer("sendonly")), {}, STREAMS)


def test_audio_alone_and_video_alone_are_offers():
    """Either kind suffices."""
    assert list(agree_to_publish(parse_offer(an_offer(video="")), {})) == [0]
    assert list(agree_to_publish(parse_offer(an_offer(audio="")), {})) == [0]


def test_answer_mirrors_the_offer():
    """Same sections in the same order, one transport, candidates, and what was not agreed is rejected."""
    second_camera = VIDEO.replace("a=mid:1", "a=mid:2")
    camera = VIDEO.replace("a=rtpmap:103", "a=rtcp-fb:102 transport-cc\na=rtpmap:103")
    offer = parse_offer(an_offer(video=camera + second_camera, head=HEAD.replace("0 1", "0 1 2")))
    text = write_answer(offer, agree_to_publish(offer, {}), TRANSPORT)
    lines = text.split("\r\n")
    assert [line for line in lines if line.startswith("m=")] == [
        "m=audio 9 UDP/TLS/RTP/SAVPF 111",
        "m=video 9 UDP/TLS/RTP/SAVPF 102",
        "m=video 0 UDP/TLS/RTP/SAVPF 96 97 102 103 104 45",
    ]
    assert "a=group:BUNDLE 0 1" in lines
    assert "a=candidate:1 1 udp 2130706431 127.0.0.1 4000 typ host" in lines
    assert "a=rtcp-fb:102 transport-cc" in lines
    assert "a=rtcp-fb:102 ccm fir" not in lines  # not offered, so not answered
    assert lines.count("a=recvonly") == 2
    assert not any(line.startswith("a=ssrc") for line in lines)


def test_viewer_s_answer_names_the_streams():
    """The SSRCs, that of retransmissions with its group, under one name for lip sync."""
    offer = parse_offer(an_offer("recvonly"))
    lines = write_answer(offer, agree_to_watch(offer, {}, STREAMS), TRANSPORT).split("\r\n")
    assert "a=ssrc:11 cname:c" in lines
    assert "a=ssrc-group:FID 22 23" in lines
    assert "a=ssrc:23 cname:c" in lines
