"""What the load's players read of an LL-HLS playlist."""

from __future__ import annotations

from loadtests.load.media.playlist import best_picture, read

MAIN = """#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="opus",NAME="a",URI="opus/live.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS="avc1.42e01f,opus"
video/live.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS="opus"
opus/live.m3u8
"""
LIVE = """#EXTM3U
#EXT-X-MEDIA-SEQUENCE:7
#EXT-X-MAP:URI="init-0.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-11-24T12:00:00.000+00:00
#EXT-X-PART:DURATION=0.20000,URI="7.0.m4s",INDEPENDENT=YES
#EXT-X-PART:DURATION=0.20000,URI="7.1.m4s"
#EXTINF:0.4,
7.m4s
#EXT-X-PROGRAM-DATE-TIME:2026-11-24T12:00:00.400+00:00
#EXT-X-PART:DURATION=0.20000,URI="8.0.m4s",INDEPENDENT=YES
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="8.1.m4s"
"""


def test_the_first_variant_is_the_picture():
    """Not a rendition, not the variant of sound alone."""
    assert best_picture(MAIN) == "video/live.m3u8"


def test_parts_know_when_they_ended_and_what_comes_next():
    """Part 8.0 ended 0.6 s after noon; segment 8, part 1 comes next."""
    live = read(LIVE)
    assert [part.uri for part in live.parts] == ["7.0.m4s", "7.1.m4s", "8.0.m4s"]
    assert round(live.parts[-1].ended % 60, 3) == 0.6
    assert (live.next_segment, live.next_part) == (8, 1)


def test_skipped_segments_are_counted():
    """A delta update begins where it says."""
    assert read(LIVE.replace("#EXT-X-MAP", "#EXT-X-SKIP:SKIPPED-SEGMENTS=3\n#EXT-X-MAP")).next_segment == 11
