"""The programme and the placement of stages on media nodes: the nameko side of streaming."""
