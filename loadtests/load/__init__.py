"""Thousands of attendees at once, each with an open event stream and something to do."""
