"""Fixtures that several suites of this tier share."""

from tests.contract.search_targets import engine, osmem

__all__ = ["engine", "osmem"]
