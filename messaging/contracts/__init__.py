"""What crosses the bus, typed: one module per service that owns the words.

A service imports its own module to say what happened and another's only to understand what it was told.
"""
