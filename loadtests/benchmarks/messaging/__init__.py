"""A service on `messaging.on_nameko` beside the same on plain nameko."""
