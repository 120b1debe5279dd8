"""Where a key frame begins, from the bytes of the payload."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.streaming.media.keyframes import starts_key_frame

VP8 = [
    (b"\x10\x00", True, "key frame"),
    (b"\x10\x01", False, "delta frame"),
    (b"\x00\x00", False, "not the start of a partition"),
    (b"\x11\x00", False, "second partition"),
    (b"\x30\x00", True, "key frame that is not referenced (N)"),
    (b"\x90\x80\x05\x00", True, "seven-bit picture id"),
    (b"\x90\x80\x80\x05\x00", True, "fifteen-bit picture id"),
    (b"\x90\x80\x80\x05\x01", False, "fifteen-bit picture id, delta frame"),
    (b"\x90\xf0\x80\x05\x01\x20\x00", True, "picture id, TL0PICIDX, TID and KEYIDX"),
    (b"\x90\x20\x20\x00", True, "TID alone"),
    (b"\x90", False, "cut off"),
    (b"\x90\x80", False, "cut off in the extension"),
    (b"", False, "empty"),
]
H264 = [
    (b"\x65\x88", True, "IDR"),
    (b"\x67\x42", True, "SPS"),
    (b"\x68\xce", False, "PPS"),
    (b"\x41\x9a", False, "slice of another picture"),
    (b"\x78\x00\x02\x67\x42\x00\x02\x68\xce", True, "STAP-A of SPS and PPS"),
    (b"\x78\x00\x02\x09\x10\x00\x02\x65\x88", True, "STAP-A with the IDR second"),
    (b"\x78\x00\x02\x41\x9a\x00\x02\x06\x05", False, "STAP-A without either"),
    (b"\x78\xff\xff\x41", False, "STAP-A that lies about its lengths"),
    (b"\x7c\x85\x88", True, "FU-A, start of an IDR"),
    (b"\x7c\x05\x88", False, "FU-A, middle of an IDR"),
    (b"\x7c\x45\x88", False, "FU-A, end of an IDR"),
    (b"\x7c\x81\x88", False, "FU-A, start of another slice"),
    (b"\x7c", False, "FU-A cut off"),
    (b"", False, "empty"),
]


@pytest.mark.parametrize(("payload", "expected", "what"), VP8)
def test_vp8(payload, expected, what):
    """RFC 7741, with all optional parts of the descriptor."""
    assert starts_key_frame("VP8", payload) is expected, what


@pytest.mark.parametrize(("payload", "expected", "what"), H264)
def test_h264(payload, expected, what):
    """RFC 6184: single units, aggregates and fragments."""
    assert starts_key_frame("H264", payload) is expected, what


def test_audio_begins_anywhere():
    """Every Opus packet can be the first."""
    assert starts_key_frame("opus", b"\xfc")


@given(st.sampled_from(["VP8", "H264"]), st.binary(max_size=40))
def test_any_bytes_get_an_answer(codec, payload):
    """No payload makes it fail."""
    assert starts_key_frame(codec, payload) in (True, False)
