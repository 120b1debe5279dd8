"""What happens, pushed to many: server-sent events that are encoded once and written straight to each connection.

`news` says what is told, `ring` keeps it, `live` hands it out in ticks, `stream` is one connection.
"""
