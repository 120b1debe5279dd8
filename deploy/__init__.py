"""How Subvenue is run: locally, in containers, and with its demo data."""
