"""Search: owns no facts, only indexes. Everything it knows came in events and can be built again from them."""
