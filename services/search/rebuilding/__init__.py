"""The index made anew from those who own the facts, while the present one serves.

owners      what they have, asked page by page
storage     the one rebuild there is, and who works on it: a lease, so that it goes on after any death
working     the work itself, in steps of a second, and the move to the new index
"""
