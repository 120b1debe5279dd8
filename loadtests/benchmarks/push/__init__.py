"""How long an event takes to thousands of open streams, and what a stream costs."""
