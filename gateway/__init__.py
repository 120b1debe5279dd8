"""The one door: HTTP and server-sent events outside, the bus inside. No domain rules, no database."""
