"""Completions of what is being typed; see `keys` for what finds a title."""
