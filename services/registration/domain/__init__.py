"""The business of registering, in plain Python: one noun a file."""
