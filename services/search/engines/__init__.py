"""Two engines and an oracle behind one interface; see `interface`."""
