"""Streaming: sub-venues and sessions (control), and the live media of a session (media)."""
