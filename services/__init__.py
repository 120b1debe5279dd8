"""The services: each owns its facts, and none imports another."""
