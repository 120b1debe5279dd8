"""The business of sub-venues, sessions and their stages, in plain Python: one noun a file."""
