"""The media node: WHIP in, WHEP out, encoded RTP forwarded as it came. See docs/streaming.md."""
