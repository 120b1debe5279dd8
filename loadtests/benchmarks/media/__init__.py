"""Benchmarks of the media node, against others on the same machine; see RESULTS.md."""
